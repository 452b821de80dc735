#!/bin/sh
# Debian packages that the tests use; where they can't be installed, the one command to type is printed.
set -u
needed=""
command -v chromium >/dev/null 2>&1 || needed="$needed chromium"
command -v antiword >/dev/null 2>&1 || needed="$needed antiword catdoc"
tesseract --list-langs 2>/dev/null | grep -qx vie || needed="$needed tesseract-ocr tesseract-ocr-vie"
[ -n "$needed" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -q </dev/null >/dev/null && apt-get install -y -q --no-install-recommends $needed </dev/null >/dev/null && exit 0
fi
echo "Some tests need Debian packages that are not installed. Type this, then run make test again:"
echo "    sudo apt-get update && sudo apt-get install -y --no-install-recommends$needed"
