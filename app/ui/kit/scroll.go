package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
)

// ScrollIntoView scrolls all that o stands in so that o is seen, also when it
// has just been put there and was never drawn.
func ScrollIntoView(o fyne.CanvasObject) { scrollPartIntoView(o, o) }

// ScrollBy scrolls s down by that much, or up where it is negative, as far as there is
// something.
func ScrollBy(s *container.Scroll, down float32) {
	most := max(s.Content.Size().Height-s.Size().Height, 0)
	s.ScrollToOffset(fyne.NewPos(s.Offset.X, min(max(s.Offset.Y+down, 0), most)))
}

// scrollPartIntoView is ScrollIntoView for part, which o draws by itself.
func scrollPartIntoView(o, part fyne.CanvasObject) {
	for _, w := range fyne.CurrentApp().Driver().AllWindows() {
		path := PathTo(o, w.Content())
		if part != o && path != nil {
			path = append(path, part)
		}
		for i := len(path) - 1; i >= 0; i-- { // the innermost first
			if s, ok := path[i].(*container.Scroll); ok && i+1 < len(path) {
				reveal(s, path[i+2:])
			}
		}
	}
}

// reveal scrolls so that the last of path, which leads down from the content of
// s, is in view; its lower end wins, because that is where its buttons are,
// unless it is higher than the view.
func reveal(s *container.Scroll, path []fyne.CanvasObject) {
	if len(path) == 0 {
		return
	}
	top := float32(0)
	for _, o := range path {
		top += o.Position().Y
	}
	o := path[len(path)-1]
	// What scrolls by itself needs less than it has, and what was just changed more.
	high := max(o.MinSize().Height, o.Size().Height)
	lowest := top + high + theme.Padding() - s.Size().Height
	switch {
	case lowest > s.Offset.Y:
		s.ScrollToOffset(fyne.NewPos(s.Offset.X, min(lowest, top)))
	case top < s.Offset.Y:
		s.ScrollToOffset(fyne.NewPos(s.Offset.X, top))
	}
}

// PathTo leads from from down to o, both included; nil where o is not there.
func PathTo(o, from fyne.CanvasObject) []fyne.CanvasObject {
	if o == from {
		return []fyne.CanvasObject{from}
	}
	for _, child := range childrenOf(from) {
		if path := PathTo(o, child); path != nil {
			return append([]fyne.CanvasObject{from}, path...)
		}
	}
	return nil
}

// childrenOf are the objects that a container of any kind now shows.
func childrenOf(o fyne.CanvasObject) []fyne.CanvasObject {
	switch v := o.(type) {
	case *fyne.Container:
		return v.Objects
	case *container.Scroll:
		return []fyne.CanvasObject{v.Content}
	case *container.Split:
		return []fyne.CanvasObject{v.Leading, v.Trailing}
	case *container.AppTabs:
		if at := v.Selected(); at != nil {
			return []fyne.CanvasObject{at.Content}
		}
	case *Surface:
		return []fyne.CanvasObject{v.Content}
	}
	return nil
}
