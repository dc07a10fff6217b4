#!/bin/sh
# Installs Vast Relay from this folder, or removes it again.
#
# usage: ./install.sh [--user|--system] [--prefix DIR] [--uninstall]
#
#   --user       into ~/.local, for you alone; what happens unless root runs this
#   --system     into /usr/local, for everybody on this computer; needs root
#   --prefix     somewhere else
#   --uninstall  removes what an earlier run of this release has installed there
#
# Your data stays where it is: ~/.local/share/vastrelay, or /var/lib/private/vastrelay
# for the service.
set -eu
cd "$(dirname "$0")"

usage() {
	sed -n '4,12s/^# \{0,1\}//p' "$0" >&2
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
		[ $# -gt 1 ] || usage
		prefix=$2
		shift
		;;
	--uninstall) uninstall=yes ;;
	*) usage ;;
	esac
	shift
done
if [ -z "$prefix" ]; then
	prefix=/usr/local
	[ "$scope" = system ] || prefix=${HOME:?}/.local
fi
case $prefix in
/*) ;;
*)
	echo "install.sh: --prefix takes a path that begins with a slash." >&2
	exit 2
	;;
esac

files=$(find bin share -type f | sort)
unit=/etc/systemd/system/vastrelay.service

icons=$prefix/share/icons/hicolor
entries=$prefix/share/applications

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
	fi
	forget
	echo "$files" | while read -r file; do
		rm -f "$prefix/$file"
		dir=$(dirname "$prefix/$file")
		while [ "$dir" != "$prefix" ] && rmdir "$dir" 2>/dev/null; do
			dir=$(dirname "$dir")
		done
	done
	refresh
	echo "Vast Relay is removed from $prefix. Your data is still there."
	exit
fi

mkdir -p "$prefix" || exit 1
echo "$files" | while read -r file; do
	mkdir -p "$prefix/$(dirname "$file")"
	# Written beside it and renamed: a program that runs cannot be written over.
	cp "$file" "$prefix/$file.new"
	chmod "$([ "${file#bin/}" = "$file" ] && echo 644 || echo 755)" "$prefix/$file.new"
	mv -f "$prefix/$file.new" "$prefix/$file"
done
desktop=$entries/app.vastrelay.desktop.desktop
if [ -f "$desktop" ]; then
	# The menu of a desktop does not look into every folder for programs.
	sed "s|^Exec=vastrelay|Exec=\"$prefix/bin/vastrelay\"|; s|^TryExec=.*|TryExec=$prefix/bin/vastrelay|" "$desktop" >"$desktop.new"
	mv -f "$desktop.new" "$desktop"
fi
if [ "$scope" = system ] && [ -f systemd/vastrelay.service ] && [ -d /run/systemd/system ]; then
	mkdir -p /etc/vastrelay/credentials
	chmod 700 /etc/vastrelay/credentials
	[ -f /etc/vastrelay/vastrelay.env ] || cp systemd/vastrelay.env /etc/vastrelay/vastrelay.env
	sed "s|^ExecStart=/usr/bin/|ExecStart=$prefix/bin/|" systemd/vastrelay.service >"$unit"
	systemctl daemon-reload
	systemctl try-restart vastrelay.service
	echo "Put VAST_API_KEY, GOOGLE_CHAT_URL and NGROK_AUTHTOKEN, a file each, into /etc/vastrelay/credentials/. Then: systemctl enable --now vastrelay"
fi
refresh
echo "Vast Relay is installed: $prefix/bin/vastrelay"
case :$PATH: in
*:"$prefix/bin":*) ;;
*) echo "To start it by its name, add $prefix/bin to your PATH." ;;
esac
