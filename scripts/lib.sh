# Sourced by the scripts beside it: where the repository is, errors, and the tools that scripts/tools has fetched.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck disable=SC2034 # used by those who source this
output=$root/target/ci
PATH=$root/.tools/bin:$PATH

# The comment at the head of the script is its manual.
usage() {
  sed -n '2,/^$/s/^# \{0,1\}//p' "$0"
}

die() {
  printf '%s: %s\n' "$(basename "$0")" "$1" >&2
  exit "${2:-1}"
}

# A call that can't be understood, as the command line of Millrace has it: exit code 2.
wrong() {
  die "$1 (see scripts/$(basename "$0") --help)" 2
}

say() {
  printf '== %s\n' "$1" >&2
}

need() {
  local tool
  for tool in "$@"; do
    command -v "$tool" >/dev/null || die "$tool isn't installed; scripts/tools fetches it, where it knows it"
  done
}

# Of an option: its value, which may not be missing.
value() {
  [ -n "${2-}" ] || wrong "$1 has no value"
  printf '%s' "$2"
}

# The commit that is checked out, which is the tag of its images.
commit() {
  git -C "$root" rev-parse --verify HEAD 2>/dev/null || die "this is no clone of a repository: say which --tag"
}

# What images call the kind of this machine, where the JVM that is in them runs here; otherwise nothing.
architecture() {
  case $(uname -sm) in
    'Linux x86_64') printf amd64 ;;
    'Linux aarch64') printf arm64 ;;
  esac
}

# Of the environment in FOLDER: what its google.json says of KEY, which it has to say.
setting() {
  need jq
  [ -f "$1/google.json" ] || die "$1/google.json doesn't exist: terraform output -json environment makes it"
  jq -er --arg key "$2" '.[$key] | strings' "$1/google.json" || die "$1/google.json says nothing of $2"
}

# For kubectl and helm: what scripts/cluster-access has written, unless $KUBECONFIG names another file.
use_cluster() {
  [ -n "${KUBECONFIG-}" ] || [ ! -f "$output/kubeconfig" ] || export KUBECONFIG=$output/kubeconfig
}

# A token of Google's for the account that gcloud is signed in with or, where there is no gcloud, for that of the machine.
access_token() {
  if command -v gcloud >/dev/null; then
    gcloud auth print-access-token
  else
    curl --silent --show-error --fail --max-time 10 --header 'Metadata-Flavor: Google' \
      http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token |
      sed -n 's/.*"access_token" *: *"\([^"]*\)".*/\1/p'
  fi
}

# Lets Jib and Helm sign in to REGISTRY, by a configuration of Docker's that only its owner reads, in FOLDER: to Artifact
# Registry as the account of Google, to GitHub's with the token of the workflow. To another registry they sign in with
# what docker login has stored.
sign_in() {
  local host=${1%%/*} user password
  case $host in
    *.pkg.dev) user=oauth2accesstoken password=$(access_token) ;;
    ghcr.io)
      [ -n "${GITHUB_TOKEN-}" ] || die "GITHUB_TOKEN isn't set, which $host wants"
      user=${GITHUB_ACTOR:-token} password=$GITHUB_TOKEN
      ;;
    *) return ;;
  esac
  [ -n "$password" ] || die "there is no token for $host: is gcloud signed in?"
  (umask 077 && printf '{"auths": {"%s": {"auth": "%s"}}}\n' "$host" "$(printf '%s:%s' "$user" "$password" | base64 -w 0)" >"$2/config.json")
  export DOCKER_CONFIG=$2
}
