# Sourced by other scripts: find_jdk sets JDK to the home of a JDK that can build and run Crema.
#
# 25.0.3 is the oldest that will do: in builds of 25 before it the default collector may corrupt objects
# while they are pinned (JDK-8377811).

# jdk_version HOME: sets VERSION from HOME's release file; starts no Java.
jdk_version() {
  VERSION=
  [ -r "$1/release" ] || return 1
  while IFS= read -r line; do
    case $line in
      JAVA_VERSION=*)
        line=${line#*=}
        line=${line#\"}
        VERSION=${line%\"}
        return 0
        ;;
    esac
  done <"$1/release"
  return 1
}

# jdk_will_do HOME: true for a JDK (not a mere runtime) of 25.0.3 or newer.
jdk_will_do() {
  [ -x "$1/bin/java" ] && [ -x "$1/bin/javac" ] && jdk_version "$1" || return 1
  # 25.0.3+9 and 26-ea count as 25.0.3 and 26
  numbers=${VERSION%%[!0-9.]*}
  major=${numbers%%.*}
  [ "${major:-0}" -gt 25 ] && return 0
  [ "${major:-0}" -eq 25 ] || return 1
  case $numbers in
    25.0.*)
      update=${numbers#25.0.}
      [ "${update%%.*}" -ge 3 ]
      ;;
    25.*.*) return 0 ;;
    *) return 1 ;;
  esac
}

# find_jdk: sets JDK, or says on stderr what is missing and returns 1.
find_jdk() {
  if [ -n "${CREMA_JAVA_HOME:-}" ]; then
    JDK=$CREMA_JAVA_HOME
    jdk_will_do "$JDK" && return 0
    echo "crema: CREMA_JAVA_HOME=$JDK is no JDK of version 25.0.3 or newer (found: ${VERSION:-none})" >&2
    return 1
  fi
  on_path=$(command -v java) && on_path=$(readlink -f "$on_path") || on_path=
  for JDK in "${JAVA_HOME:-}" "${on_path%/bin/java}" \
    /usr/lib/jvm/* /Library/Java/JavaVirtualMachines/*/Contents/Home \
    "${HOME:-}"/.sdkman/candidates/java/* "${HOME:-}"/.jdks/*; do
    [ -n "$JDK" ] && jdk_will_do "$JDK" && return 0
  done
  echo "crema: needs a JDK of version 25.0.3 or newer; install one (e.g. Eclipse Temurin 25), or set CREMA_JAVA_HOME to its folder" >&2
  return 1
}
