#!/bin/sh
# Installs Vast Relay from this folder, or removes it again.
#
# usage: ./install.sh [--user|--system] [--prefix DIR] [--uninstall]
#
#   --user       into ~/.local, for you alone; what happens unless root runs this
#   --system     into /usr/local, for everybody on this computer; needs root
#   --prefix     somewhere else
#   --uninstall  removes what this script has installed there
#
# Your data stays where it is: ~/.local/share/vastrelay, or /var/lib/private/vastrelay
# for the service.
set -eu
CDPATH='' cd -- "$(dirname -- "$0")"
self=./$(basename -- "$0")

usage() {
	sed -n '4,12s/^# \{0,1\}//p' "$self"
}

wrong() {
	echo "install.sh: $1" >&2
	usage >&2
	exit 2
}

scope=user
[ "$(id -u)" -ne 0 ] || scope=system
prefix=
uninstall=
while [ $# -gt 0 ]; do
	case $1 in
	--user) scope=user ;;
	--system) scope=system ;;
	--prefix)
		[ -n "${2:-}" ] || wrong "--prefix takes a path."
		prefix=$2
		shift
		;;
	--uninstall) uninstall=yes ;;
	--help | -h)
		usage
		exit
		;;
	*) wrong "there is no option $1." ;;
	esac
	shift
done
if [ -z "$prefix" ]; then
	prefix=/usr/local
	if [ "$scope" = user ]; then
		[ -n "${HOME:-}" ] || wrong "HOME is not set: say where to install with --prefix."
		prefix=$HOME/.local
	fi
fi
case $prefix in
*[[:cntrl:]]*) wrong "--prefix takes a path without control characters." ;;
/*) ;;
*) wrong "--prefix takes a path that begins with a slash." ;;
esac
while [ "$prefix" != "${prefix%/}" ]; do
	prefix=${prefix%/}
done
# What everybody on this computer runs, everybody can read, whatever root keeps private.
[ "$scope" = user ] || umask 022

files=$(find bin share -type f | sort)
list=share/doc/vastrelay/installed-files
unit=/etc/systemd/system/vastrelay.service

icons=$prefix/share/icons/hicolor
entries=$prefix/share/applications

# remove_files removes the files whose names it reads, and folders that are empty then.
remove_files() {
	while IFS= read -r file; do
		rm -f "$prefix/$file"
		dir=$(dirname "$prefix/$file")
		while [ "$dir" != "$prefix" ] && rmdir "$dir" 2>/dev/null; do
			dir=$(dirname "$dir")
		done
	done
}

# obsolete names the files that an earlier run has installed and this release has not.
obsolete() {
	[ -f "$prefix/$list" ] || return 0
	# Names of ours alone: the list could have been edited.
	grep -E '^(bin|share)/[A-Za-z0-9_][A-Za-z0-9_./-]*$' "$prefix/$list" | grep -vF '..' | while IFS= read -r file; do
		[ -f "$file" ] || printf '%s\n' "$file"
	done
}

# entry_of prints the desktop entry $1 with the program's whole path, since the menu of
# a desktop does not look into every folder for programs. How that is quoted,
# https://specifications.freedesktop.org/desktop-entry-spec/latest/exec-variables.html says.
entry_of() {
	exec=$(printf '%s' "$prefix/bin/vastrelay" | sed 's/[\\"`$]/\\&/g; s/%/%%/g; s/\\/\\\\/g')
	try=$(printf '%s' "$prefix/bin/vastrelay" | sed 's/\\/\\\\/g')
	while IFS= read -r line; do
		case $line in
		Exec=vastrelay*) printf '%s\n' "Exec=\"$exec\"${line#Exec=vastrelay}" ;;
		TryExec=*) printf '%s\n' "TryExec=$try" ;;
		*) printf '%s\n' "$line" ;;
		esac
	done <"$1"
}

# unit_of prints the unit $1 with the program's whole path, quoted as systemd.syntax(7)
# says.
unit_of() {
	exec=$(printf '%s' "$prefix/bin" | sed 's/[\\"]/\\&/g; s/%/%%/g')
	while IFS= read -r line; do
		case $line in
		ExecStart=/usr/bin/*)
			line=${line#ExecStart=/usr/bin/}
			printf '%s\n' "ExecStart=\"$exec/${line%% *}\" ${line#* }"
			;;
		*) printf '%s\n' "$line" ;;
		esac
	done <"$1"
}

# put writes standard input to $1, with the mode $2, beside it first: a program that
# runs cannot be written over, and a full disk must not leave half a file.
put() {
	mkdir -p "$(dirname "$1")"
	if ! { cat >"$1.new" && chmod "$2" "$1.new" && mv -f "$1.new" "$1"; }; then
		rm -f "$1.new"
		return 1
	fi
}

# forget removes what desktops keep of the icons and entries in these folders, and
# refresh has them look anew at what is there now.
forget() {
	rm -f "$icons/icon-theme.cache" "$entries/mimeinfo.cache"
}

refresh() {
	if [ -d "$icons" ] && command -v gtk-update-icon-cache >/dev/null 2>&1; then
		gtk-update-icon-cache -q -t -f "$icons" 2>/dev/null || true
	fi
	if [ -d "$entries" ] && command -v update-desktop-database >/dev/null 2>&1; then
		update-desktop-database -q "$entries" 2>/dev/null || true
	fi
}

if [ -n "$uninstall" ]; then
	if [ "$scope" = system ] && [ -f systemd/vastrelay.service ] && [ -f "$unit" ]; then
		systemctl disable --now vastrelay.service 2>/dev/null || true
		rm -f "$unit"
		systemctl daemon-reload 2>/dev/null || true
	fi
	# It would open a program at login that is gone.
	login=${XDG_CONFIG_HOME:-${HOME:-}/.config}/autostart/app.vastrelay.desktop.desktop
	if [ -f "$login" ] && [ ! -L "$login" ] && grep -qxF "TryExec=$prefix/bin/vastrelay" "$login"; then
		rm -f "$login"
	fi
	forget
	{ obsolete && echo "$files" && echo "$list"; } | remove_files
	refresh
	echo "Vast Relay is removed from $prefix. Your data is still there."
	exit
fi

mkdir -p "$prefix/" || exit 1
echo "$files" | while IFS= read -r file; do
	mode=644
	[ "${file#bin/}" = "$file" ] || mode=755
	case $file in
	share/applications/*.desktop) entry_of "$file" | put "$prefix/$file" "$mode" ;;
	*) put "$prefix/$file" "$mode" <"$file" ;;
	esac
done
obsolete | remove_files
echo "$files" | put "$prefix/$list" 644
if [ "$scope" = system ] && [ -f systemd/vastrelay.service ] && [ -d /run/systemd/system ]; then
	mkdir -p /etc/vastrelay/credentials
	chmod 700 /etc/vastrelay/credentials
	[ -f /etc/vastrelay/vastrelay.env ] || cp systemd/vastrelay.env /etc/vastrelay/vastrelay.env
	unit_of systemd/vastrelay.service | put "$unit" 644
	systemctl daemon-reload || true
	# A service that waits for something else to be changed is installed all the same.
	systemctl try-restart vastrelay.service || true
	echo "Put VAST_API_KEY, GOOGLE_CHAT_URL and NGROK_AUTHTOKEN, a file each, into /etc/vastrelay/credentials/. Then: systemctl enable --now vastrelay"
fi
refresh
echo "Vast Relay is installed: $prefix/bin/vastrelay"
case :${PATH:-}: in
*:"$prefix/bin":*) ;;
*) echo "To start it by its name, add $prefix/bin to your PATH." ;;
esac
