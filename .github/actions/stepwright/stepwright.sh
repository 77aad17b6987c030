#!/usr/bin/env bash
# The work of the action, in one script that also runs outside GitHub:
#   history   stop with the fix when the checkout is cut off
#   install   find stepwright, or fetch it and hold it against its checksum
#   run       check, review of a pull request, annotations, job summary, outputs
#   comment   one comment on the pull request, changed in place, where the token allows it
#   owners    one issue per role for pages that are stale or due
# Reads INPUT_* and GITHUB_*. Needs bash and git; `install` curl or wget for a download, `comment` and `owners` gh.
set -euo pipefail

dir=${STEPWRIGHT_DIR:-${RUNNER_TEMP:-/tmp}/stepwright}
review=$dir/review.md

output() { [ -z "${GITHUB_OUTPUT:-}" ] || printf '%s=%s\n' "$1" "$2" >>"$GITHUB_OUTPUT"; }

# Text as the value of a workflow command: line ends and percent signs must not end it.
escaped() { printf '%s' "$1" | sed -e 's/%/%25/g' -e 's/\r/%0D/g' | awk 'NR > 1 { printf "%%0A" } { printf "%s", $0 }'; }

say() { printf '::%s title=stepwright::%s\n' "$1" "$(escaped "$2")"; }

stop() {
  say error "$1"
  output exit-code 2
  exit 2
}

yes() { [ "${1:-true}" = true ]; }

work() { cd "${INPUT_WORKING_DIRECTORY:-.}" || stop "there is no folder ${INPUT_WORKING_DIRECTORY}"; }

check_history() {
  work
  if [ "$(git rev-parse --is-shallow-repository 2>/dev/null || echo none)" = true ]; then
    stop "this checkout is cut off, so neither edit dates nor the base of the pull request are known
fix: give actions/checkout 'fetch-depth: 0'; elsewhere run 'git fetch --unshallow'"
  fi
}

target() {
  case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) echo x86_64-unknown-linux-musl ;;
    Linux-aarch64 | Linux-arm64) echo aarch64-unknown-linux-musl ;;
    Darwin-arm64) echo aarch64-apple-darwin ;;
    Darwin-x86_64) echo x86_64-apple-darwin ;;
    MINGW*-x86_64 | MSYS*-x86_64) echo x86_64-pc-windows-msvc ;;
    *) return 1 ;;
  esac
}

sum_of() { if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1; }

wanted_version() {
  if [ -n "${INPUT_VERSION:-}" ]; then
    printf '%s' "${INPUT_VERSION#v}"
  elif [ -n "${INPUT_VERSION_FILE:-}" ]; then
    tr -d ' \r\n' <"$INPUT_VERSION_FILE" | sed 's/^v//'
  fi
}

fetch_binary() {
  local url=$1 sum=$2 archive=$dir/download found
  [ -n "$sum" ] || stop "download-url is given without sha256; a download that nothing vouches for is not run"
  mkdir -p "$dir/bin"
  if command -v curl >/dev/null; then
    curl --fail --silent --show-error --location --retry 3 --output "$archive" "$url" || stop "cannot download $url"
  else
    wget --quiet --tries 3 --output-document "$archive" "$url" || stop "cannot download $url"
  fi
  found=$(sum_of "$archive")
  [ "$found" = "$sum" ] || stop "the download has checksum $found, not $sum; nothing was run
fix: compare sha256 with the checksum file of the release"
  case "$url" in
    *.tar.gz | *.tgz) tar -xzf "$archive" -C "$dir/bin" --strip-components 1 ;;
    *.zip) unzip -q -o -j "$archive" -d "$dir/bin" ;;
    *) cp "$archive" "$dir/bin/stepwright" && chmod +x "$dir/bin/stepwright" ;;
  esac
}

install_binary() {
  local version url platform has
  version=$(wanted_version) || stop "cannot read ${INPUT_VERSION_FILE:-}"
  url=${INPUT_DOWNLOAD_URL:-}
  url=${url//\{version\}/$version}
  case "$url" in
    *'{target}'*)
      platform=$(target) || stop "there is no build for $(uname -s) on $(uname -m); put stepwright on the PATH before this step"
      url=${url//\{target\}/$platform}
      ;;
  esac
  if [ -n "$url" ]; then
    fetch_binary "$url" "${INPUT_SHA256:-}"
    PATH=$dir/bin:$PATH
    [ -z "${GITHUB_PATH:-}" ] || printf '%s\n' "$dir/bin" >>"$GITHUB_PATH"
  elif ! command -v stepwright >/dev/null; then
    stop "stepwright is not on the PATH and no download-url is given
fix: give download-url and sha256, or install stepwright in an earlier step"
  fi
  has=$(stepwright --version | cut -d ' ' -f 2) || stop "the installed stepwright does not start on this machine"
  if [ -n "$version" ] && [ "$has" != "$version" ]; then stop "stepwright $has is installed, $version is wanted"; fi
  output stepwright-version "$has"
  output stepwright-path "$(command -v stepwright)"
}

# What a pull request, or a merge queue, is compared with; empty elsewhere.
base() {
  if [ -n "${INPUT_BASE_REF:-}" ]; then
    printf '%s' "$INPUT_BASE_REF"
  elif [ -n "${GITHUB_BASE_REF:-}" ]; then
    printf 'origin/%s' "$GITHUB_BASE_REF"
  elif [ -n "${MERGE_BASE_SHA:-}" ]; then
    printf '%s' "$MERGE_BASE_SHA"
  fi
}

# A number of the `summary` in one of our JSON reports; 0 when there is no report.
number() { sed -n "s/^    \"$1\": \([0-9][0-9]*\),\{0,1\}\$/\1/p" "$2" 2>/dev/null | head -n 1 | grep . || echo 0; }

run_checks() {
  local sarif report=$dir/report.json code=0 against only_new=false format=concise
  local -a global=(--no-progress) flags extra=()
  work
  mkdir -p "$dir"
  rm -f "$dir/report.json" "$dir/review.json" "$dir/check.md" "$review"
  sarif=${INPUT_SARIF_FILE:-$dir/stepwright.sarif}
  [ -z "${INPUT_CONFIG:-}" ] || global+=(--config "$INPUT_CONFIG")
  flags=(--fail-on "${INPUT_FAIL_ON:-error}" --report "sarif=$sarif" --report "json=$report" --report "markdown=$dir/check.md")
  [ -z "${INPUT_BASELINE:-}" ] || flags+=(--baseline "$INPUT_BASELINE")
  [ "${INPUT_COMMAND:-check}" = lint ] || [ -z "${INPUT_OUTPUT:-}" ] || flags+=(--output "$INPUT_OUTPUT")
  against=$(base)
  if [ -n "$against" ] && yes "${INPUT_ONLY_NEW:-}"; then only_new=true; fi
  # On a pull request what is new is annotated; elsewhere everything is.
  if yes "${INPUT_ANNOTATIONS:-}"; then format=github; fi
  if $only_new; then
    # Old findings are the business of the default branch; here the review decides. It is made in the same run, from the same judgement.
    flags+=(--base "$against" --fail-on-risk "${INPUT_FAIL_ON_RISK:-danger}" --review "markdown=$review" --review "json=$dir/review.json")
    [ -z "${INPUT_PREVIEW_URL:-}" ] || flags+=(--preview "$INPUT_PREVIEW_URL")
  fi
  # Further arguments are words separated by spaces, as the team wrote them in its workflow.
  read -r -a extra <<<"${INPUT_ARGS:-}" || true
  stepwright "${global[@]}" "${INPUT_COMMAND:-check}" --format "$format" "${flags[@]}" ${extra[@]+"${extra[@]}"} || code=$?
  if $only_new && [ -s "$dir/review.json" ]; then report=$dir/review.json; fi
  if [ ! -s "$review" ] && [ -e "$dir/check.md" ]; then cp "$dir/check.md" "$review"; fi
  if yes "${INPUT_SUMMARY:-}" && [ -n "${GITHUB_STEP_SUMMARY:-}" ] && [ -s "$review" ]; then cat "$review" >>"$GITHUB_STEP_SUMMARY"; fi
  output exit-code "$code"
  output errors "$(number errors "$report")"
  output warnings "$(number warnings "$report")"
  output findings "$(($(number errors "$report") + $(number warnings "$report") + $(number info "$report")))"
  output unknown "$(grep -c '"rule": "freshness-unknown"' "$dir/report.json" 2>/dev/null || true)"
  output sarif-file "$sarif"
  output report-file "$review"
  return "$code"
}

marker='<!-- stepwright:review -->'

post_comment() {
  local ids id
  local -a call
  if [ -z "${PR_NUMBER:-}" ] || ! yes "${INPUT_COMMENT:-}" || [ ! -s "$review" ]; then return 0; fi
  # A pull request from a fork has a token that can only read, whatever the workflow asks for.
  if [ "${PR_HEAD_REPOSITORY:-}" != "${GITHUB_REPOSITORY:-}" ]; then
    say notice "no comment on a pull request from a fork; the report is in the job summary"
    return 0
  fi
  if ! ids=$(gh api --paginate "repos/$GITHUB_REPOSITORY/issues/$PR_NUMBER/comments" \
    --jq ".[] | select(.body | startswith(\"$marker\")) | .id" 2>"$dir/gh.log"); then
    say notice "the token cannot read comments; the report is in the job summary"
    return 0
  fi
  id=${ids%%$'\n'*}
  call=(--method POST "repos/$GITHUB_REPOSITORY/issues/$PR_NUMBER/comments")
  [ -z "$id" ] || call=(--method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id")
  # A report without a base has another first line; the comment is still found by this one.
  if ! head -n 1 "$review" | grep -qxF -- "$marker"; then
    printf '%s\n' "$marker" | cat - "$review" >"$review.marked"
    mv "$review.marked" "$review"
  fi
  if ! gh api "${call[@]}" --field "body=@$review" --silent 2>"$dir/gh.log"; then
    say notice "the token cannot write comments (pull-requests: write); the report is in the job summary"
  fi
}

# One open issue per role, found again by its first line; closed when nothing is left to do.
post_owners() {
  local folder=$dir/owners open file first number
  work
  rm -rf "$folder"
  mkdir -p "$folder"
  stepwright --no-progress report --owners --into "$folder"
  open=$(gh api --paginate "repos/$GITHUB_REPOSITORY/issues?state=open&per_page=100" --jq '.[] | select(.pull_request | not)
    | select((.body // "") | startswith("<!-- stepwright:reviews:")) | "\(.number) \(.body | split("\n")[0] | rtrimstr("\r"))"')
  for file in "$folder"/*.md; do
    [ -e "$file" ] || continue
    first=$(head -n 1 "$file")
    number=$(printf '%s\n' "$open" | awk -v line="$first" 'substr($0, index($0, " ") + 1) == line { print $1; exit }')
    if [ -n "$number" ]; then
      gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/$number" --field "body=@$file" --silent
    else
      gh api --method POST "repos/$GITHUB_REPOSITORY/issues" --raw-field "title=Reviews due: $(basename "$file" .md)" \
        --field "body=@$file" --silent
    fi
  done
  printf '%s\n' "$open" | while read -r number first; do
    [ -n "$number" ] || continue
    if ! grep -qsxF -- "$first" "$folder"/*.md; then
      gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/$number" --raw-field state=closed --silent
    fi
  done
}

case "${1:-}" in
  history) check_history ;;
  install) install_binary ;;
  run) run_checks ;;
  comment) post_comment ;;
  owners) post_owners ;;
  *)
    echo "usage: stepwright.sh history|install|run|comment|owners" >&2
    exit 2
    ;;
esac
