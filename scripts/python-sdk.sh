# The Python SDK that ours shares databases with, in a virtual environment outside the checkout. Sourced, not run.

PYTHON_SDK="hyrex==0.10.23"

# A python3 of 3.11 or later that can make virtual environments.
python_find() {
    local candidate
    for candidate in python3 python3.14 python3.13 python3.12 python3.11 /usr/bin/python3; do
        if have "$candidate" && "$candidate" -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s' "$candidate"
            return
        fi
    done
}

# Makes the environment where it is not there yet, and sets HYREX_TEST_PYTHON to its directory.
python_sdk() {
    local venv python
    venv=${HYREX_TEST_PYTHON:-$(cache_dir)/hyrex-test/python-${PYTHON_SDK#*==}}
    export HYREX_TEST_PYTHON=$venv
    if [ -x "$venv/bin/hyrex" ] && "$venv/bin/python" -c 'import hyrex, greenlet' 2>/dev/null; then
        say "the Python SDK ($PYTHON_SDK) stands in $venv"
        return
    fi
    python=$(python_find)
    if [ -z "$python" ]; then
        install "Python 3.11 or later with venv" python3 python3-venv
        python=$(python_find)
        [ -n "$python" ] || fail "Python 3.11 or later is needed for the Python SDK, and this machine's is older"
    fi
    say "installing $PYTHON_SDK into $venv"
    rm -rf "$venv"
    mkdir -p "$(dirname "$venv")"
    "$python" -m venv "$venv" >"$SCRATCH/pip.log" 2>&1 \
        && "$venv/bin/pip" install -q "$PYTHON_SDK" greenlet >>"$SCRATCH/pip.log" 2>&1 && return
    tail -n 20 "$SCRATCH/pip.log" >&2
    rm -rf "$venv"
    fail "could not install $PYTHON_SDK: the end of the output stands above"
}
