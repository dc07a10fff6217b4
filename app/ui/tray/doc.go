// Package tray shows Vast Relay in the system tray: one icon that says the
// phase, one flat menu.
//
// Render turns a status into a Menu and does nothing else. Driver shows menus
// through the two methods of Host that the toolkit's desktop app has, and hands
// clicks to one function. Keep keeps the icon in the tray of a desktop that loses
// it. Available says whether it is in one.
//
// # Concurrency
//
// Render and Available may be called from any goroutine. Of Driver, Start is
// for the UI goroutine before the toolkit runs, Changed and Reachable for any goroutine, and
// Run owns the only goroutine that reads the status; it reaches the toolkit
// through Options.Post alone.
//
// # Quiet
//
// Nothing runs while nothing happens. Menu lines name times of day, never ages
// ("14:02", not "4 min ago"), so that they stay true by themselves; the
// exceptions, lines that leave out today's date and the end of muting, are renewed by a
// single timer. The native menu is rebuilt only when its text differs,
// at most once a second, since each rebuild replaces every item: a click that
// lands in the middle is lost.
package tray
