package events

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// listLayout places a search field, two filters and a list below them. Where
// there is room all three stand in one line, else the filters have their own.
type listLayout struct{}

// The least widths of the search and of a filter beside it, and the most that a filter
// asks for: the name of a type may be longer, and ends in dots then.
const (
	searchLeast = 130
	filterLeast = 140
	filterMost  = 170
)

// filterWidths is what the filters need.
func filterWidths(filters []fyne.CanvasObject) (widths [2]float32) {
	for i, f := range filters {
		widths[i] = min(f.MinSize().Width, filterMost)
	}
	return widths
}

// inOneLine reports whether a list of that width has its filters beside the
// search.
func inOneLine(width float32, filters [2]float32) bool {
	return width >= searchLeast+max(filterLeast, filters[0])+max(filterLeast, filters[1])+2*theme.Padding()
}

// Layout places search, first filter, second filter and list.
func (listLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	search, filters, list := objects[0], objects[1:3], objects[3]
	pad := theme.Padding()
	line := search.MinSize().Height
	for _, f := range filters {
		line = fyne.Max(line, f.MinSize().Height)
	}
	need := filterWidths(filters)
	y, wide := float32(0), size.Width
	if inOneLine(size.Width, need) {
		need[0], need[1] = max(filterLeast, need[0]), max(filterLeast, need[1])
		wide -= need[0] + need[1] + 2*pad
	} else {
		y = line + pad
		spare := size.Width - pad - need[0] - need[1]
		if even := (size.Width - pad) / 2; need[0] <= even && need[1] <= even {
			need[0], need[1] = even, even
		} else {
			need[0], need[1] = need[0]+spare/2, need[1]+spare/2
		}
	}
	search.Resize(fyne.NewSize(wide, line))
	search.Move(fyne.NewPos(0, 0))
	x := size.Width - need[0] - need[1] - pad
	for i, f := range filters {
		f.Resize(fyne.NewSize(need[i], line))
		f.Move(fyne.NewPos(x, y))
		x += need[i] + pad
	}
	y += line + pad
	list.Resize(fyne.NewSize(size.Width, size.Height-y))
	list.Move(fyne.NewPos(0, y))
}

// MinSize is that with the filters on their own line.
func (listLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	search, list, need := objects[0].MinSize(), objects[3].MinSize(), filterWidths(objects[1:3])
	wide := max(search.Width, list.Width, need[0]+need[1]+theme.Padding())
	return fyne.NewSize(wide, 2*(search.Height+theme.Padding())+list.Height)
}
