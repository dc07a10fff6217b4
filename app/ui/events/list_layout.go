package events

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// listLayout places a search field, two filters and a list below them. Where
// there is room all three stand in one line, else the filters have their own.
type listLayout struct{}

// The least widths in one line.
const (
	searchLeast = 130
	filterLeast = 140
)

// inOneLine reports whether a list of that width has its filters beside the
// search.
func inOneLine(width float32) bool {
	return width >= searchLeast+2*(filterLeast+theme.Padding())
}

// Layout places search, first filter, second filter and list.
func (listLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	search, filters, list := objects[0], objects[1:3], objects[3]
	pad := theme.Padding()
	line := search.MinSize().Height
	for _, f := range filters {
		line = fyne.Max(line, f.MinSize().Height)
	}
	y, wide := line+pad, (size.Width-pad)/2
	if inOneLine(size.Width) {
		y, wide = 0, filterLeast
		search.Resize(fyne.NewSize(size.Width-2*(wide+pad), line))
	} else {
		search.Resize(fyne.NewSize(size.Width, line))
	}
	search.Move(fyne.NewPos(0, 0))
	for i, f := range filters {
		f.Resize(fyne.NewSize(wide, line))
		f.Move(fyne.NewPos(size.Width-float32(2-i)*wide-float32(1-i)*pad, y))
	}
	y += line + pad
	list.Resize(fyne.NewSize(size.Width, size.Height-y))
	list.Move(fyne.NewPos(0, y))
}

// MinSize is that with the filters on their own line.
func (listLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	search, list := objects[0].MinSize(), objects[3].MinSize()
	wide := fyne.Max(search.Width, list.Width)
	return fyne.NewSize(wide, 2*(search.Height+theme.Padding())+list.Height)
}
