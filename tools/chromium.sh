#!/usr/bin/env bash
# Find Debian's Chromium for the browser tests; install it when this user may, else say how.
# usage: tools/chromium.sh
set -euo pipefail

if [ -n "${PLI_TEST_CHROMIUM:-}" ] || [ -x /usr/bin/chromium ]; then
    exit 0
fi
packages="chromium fonts-liberation"
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing $packages for the browser tests ..."
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >/dev/null
    exit 0
fi
echo "The browser tests need Chromium and will be skipped. To run them: sudo apt-get install $packages" >&2
