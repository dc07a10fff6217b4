package winetest

import "golang.org/x/sys/windows"

// underWine reports whether wine plays Windows here: its ntdll alone exports its
// version. Source: https://gitlab.winehq.org/wine/wine/-/wikis/Developer-FAQ .
func underWine() bool {
	return windows.NewLazySystemDLL("ntdll.dll").NewProc("wine_get_version").Find() == nil
}
