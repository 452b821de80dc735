"""The Gradio application; the variables below stand before gradio is imported, so that it asks no outside host."""

import os

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_OFFLINE"] = "1"
