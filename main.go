// Command vastrelay carries Vast.ai notifications into a Google Chat space: a
// desktop program that lives in the tray, or, with --headless, a service.
package main

import (
	"os"

	"vastrelay/app"
)

func main() {
	show, tell, display := windows()
	os.Exit(app.Main(os.Args[1:], show, tell, display))
}
