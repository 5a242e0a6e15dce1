#!/usr/bin/env bash
# Find the programs that tests hold ours against (Debian's Chromium, openssl, xmlsec1, SoftHSM2); install those that are
# missing when this user may, else say how.
# usage: tools/peers.sh
set -euo pipefail

packages=""
[ -n "${PLI_TEST_CHROMIUM:-}" ] || [ -x /usr/bin/chromium ] || packages="$packages chromium fonts-liberation"
command -v openssl >/dev/null 2>&1 || packages="$packages openssl"
command -v xmlsec1 >/dev/null 2>&1 || packages="$packages xmlsec1"
compgen -G "/usr/lib/*/softhsm/libsofthsm2.so" >/dev/null || [ -e /usr/lib/softhsm/libsofthsm2.so ] || packages="$packages softhsm2"
[ -n "$packages" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing for the tests:$packages ..."
    apt-get update -qq
    # shellcheck disable=SC2086  # one word a package
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >/dev/null
    exit 0
fi
echo "Tests that need them are skipped. To run them: sudo apt-get install$packages" >&2
