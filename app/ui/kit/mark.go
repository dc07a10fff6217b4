package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"vastrelay/app/health"
	"vastrelay/app/words"
)

// The shapes of the marks, on a grid of 24. Every state has a shape of its own,
// so that no mark speaks by its colour alone. A hole is drawn against the
// direction of what it is cut from.
const (
	ShapeTickDisc    = `M12 2a10 10 0 1 0 0 20a10 10 0 1 0 0-20zM6.3 12.2L8 10.5L10.8 13.3L16 8.1L17.7 9.8L10.8 16.7z`
	ShapeTick        = `M4.5 12.4L6.8 10.1L10.4 13.7L17.4 6.7L19.7 9L10.4 18.3z`
	ShapeRing        = `M12 2.5a9.5 9.5 0 1 0 0 19a9.5 9.5 0 1 0 0-19zM12 5.2a6.8 6.8 0 1 1 0 13.6a6.8 6.8 0 1 1 0-13.6z`
	ShapeClock       = `M12 2a10 10 0 1 0 0 20a10 10 0 1 0 0-20zM10.9 6.2L13.1 6.2L13.1 11.5L16.9 13.7L15.8 15.6L10.9 12.8z`
	ShapeTriangle    = `M12 2.2L0.8 21.4L23.2 21.4zM10.8 9L13.2 9L13.2 15L10.8 15zM10.8 16.6L13.2 16.6L13.2 19L10.8 19z`
	ShapeWarning     = `M12 2.2L0.8 21.4L23.2 21.4zM12 6.8L19.2 19.1L4.8 19.1zM10.9 10.2L10.9 15L13.1 15L13.1 10.2zM10.9 16.1L10.9 18.2L13.1 18.2L13.1 16.1z`
	ShapeGap         = `M1.5 10.3h8v3.4h-8zM14.5 10.3h8v3.4h-8z`
	ShapeBars        = `M6 4.5h4.2v15h-4.2zM13.8 4.5h4.2v15h-4.2z`
	ShapeDot         = `M12 7.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 1 0 0-9z`
	ShapeSquare      = `M5 5h14v14h-14z`
	ShapePage        = `M4 3v18h16v-18zM7.5 7h9v2h-9zM7.5 11h9v2h-9zM7.5 15h5v2h-5z`
	ShapeTray        = `M2.5 13.5L5.5 4h13L21.5 13.5V20h-19zM7.2 6.4L5.2 13H8.6l1.4 2.6h4L15.4 13h3.4L16.8 6.4z`
	ShapeExclamation = `M10.2 3h3.6v11.2h-3.6zM10.2 17h3.6v4h-3.6z`
	ShapeAgain       = `M12 3V0L18.5 4.75L12 9.5V6.5A6.2 6.2 0 1 0 18.2 12.7H21.7A9.7 9.7 0 1 1 12 3z`
	ShapeChevron     = `M12 5.5L21 16.1L19.1 18.2L12 9.8L4.9 18.2L3 16.1z`
	ShapePlus        = `M12 2a10 10 0 1 0 0 20a10 10 0 1 0 0-20zM10.8 6.5h2.4v4.3h4.3v2.4h-4.3v4.3h-2.4v-4.3h-4.3v-2.4h4.3z`
	ShapeDots        = `M12 1.6a2.4 2.4 0 1 0 0 4.8a2.4 2.4 0 1 0 0-4.8zM12 17.6a2.4 2.4 0 1 0 0 4.8a2.4 2.4 0 1 0 0-4.8zM4 9.6a2.4 2.4 0 1 0 0 4.8a2.4 2.4 0 1 0 0-4.8z` +
		`M20 9.6a2.4 2.4 0 1 0 0 4.8a2.4 2.4 0 1 0 0-4.8zM6.3 4.1a2 2 0 1 0 0 4a2 2 0 1 0 0-4zM17.7 4.1a2 2 0 1 0 0 4a2 2 0 1 0 0-4zM6.3 15.9a2 2 0 1 0 0 4a2 2 0 1 0 0-4zM17.7 15.9a2 2 0 1 0 0 4a2 2 0 1 0 0-4z`
)

// Mark is one mark as a picture that follows the theme.
func Mark(name, shape string, colour fyne.ThemeColorName) fyne.Resource {
	svg := `<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 24 24"><path fill="#000000" d="` + shape + `"/></svg>`
	return theme.NewColoredResource(fyne.NewStaticResource("mark-"+name+".svg", []byte(svg)), colour)
}

// PassingMark is the mark of a hop that fails and mends itself. It has a shape of its own
// beside that of one that needs a person.
func PassingMark() fyne.Resource {
	return Mark("hop-passing", ShapeWarning, theme.ColorNameForegroundOnWarning)
}

// HopMark is the mark of a hop in the chain.
func HopMark(s health.HopState) fyne.Resource {
	switch s {
	case health.HopOK:
		return Mark("hop-ok", ShapeTick, theme.ColorNameSuccess)
	case health.HopWorking:
		return Mark("hop-working", ShapeDots, theme.ColorNamePrimary)
	case health.HopFailing:
		return Mark("hop-failing", ShapeTriangle, theme.ColorNameForegroundOnError)
	case health.HopMissing, health.HopUnavailable:
		return Mark("hop-missing", ShapePlus, theme.ColorNameWarning)
	case health.HopUntested:
		return Mark("hop-untested", ShapeRing, theme.ColorNamePlaceHolder)
	default:
		return Mark("hop-idle", ShapeDot, theme.ColorNamePlaceHolder)
	}
}

// StepMark is the mark of a step that is over.
func StepMark(s health.StepState) fyne.Resource {
	switch s {
	case health.StepFailed:
		return Mark("step-failed", ShapeTriangle, theme.ColorNameError)
	case health.StepSkipped:
		return Mark("step-skipped", ShapeRing, theme.ColorNamePlaceHolder)
	case health.StepWaiting:
		return Mark("step-waiting", ShapeClock, theme.ColorNamePrimary)
	case health.StepHeld:
		return Mark("step-held", ShapeBars, theme.ColorNameForeground)
	default:
		return Mark("step-done", ShapeTick, theme.ColorNameSuccess)
	}
}

// HopWord says a hop's state in words.
func HopWord(s health.HopState) string {
	switch s {
	case health.HopOK:
		return words.Text("hop.state.ok")
	case health.HopWorking:
		return words.Text("hop.state.working")
	case health.HopFailing:
		return words.Text("hop.state.failing")
	case health.HopMissing:
		return words.Text("hop.state.missing")
	case health.HopUnavailable:
		return words.Text("hop.state.unavailable")
	case health.HopUntested:
		return words.Text("hop.state.untested")
	default:
		return words.Text("hop.state.idle")
	}
}
