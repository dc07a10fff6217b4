package launch

import (
	"context"

	"fyne.io/fyne/v2"

	"vastrelay/app/health"
	"vastrelay/app/ui/kit"
)

// Tell shows why the program cannot start, until the window is closed or ctx
// ends. Where the toolkit can show no window, on Windows the system's own message box
// does; elsewhere Tell returns at once: the terminal has been told, too. It calls
// closing before it takes the window down, which may take for ever. Like Run it
// belongs on the main goroutine, and only one of the two can run in a process.
func (k *Toolkit) Tell(ctx context.Context, p health.Problem, closing func()) {
	if k.CheckDisplay(ctx) != nil {
		tellWithoutToolkit(p)
		return
	}
	a := k.theApp()
	w := a.NewWindow("Vast Relay")
	quit := func() { closing(); a.Quit() }
	w.SetContent(kit.Refusal(p, quit))
	w.Resize(fyne.NewSize(460, 160))
	w.CenterOnScreen()
	w.SetCloseIntercept(quit)
	to := &loop{}
	stop := context.AfterFunc(ctx, func() { to.post(a.Quit) })
	defer stop()
	forget := onDisplayLost(func() { closing(); waitForExit() })
	defer forget()
	w.Show()
	a.Run()
	to.end()
}
