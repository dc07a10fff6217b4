package ui

import (
	"image"
	"image/color"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/config"
	"vastrelay/app/status"
	"vastrelay/app/ui/kit"
	"vastrelay/app/ui/kit/kittest"
	"vastrelay/app/ui/tray"
	"vastrelay/app/ui/uitest"
	"vastrelay/assets"
)

// phases are all phases, in the order in which a person meets them.
var phases = []status.Phase{status.Setup, status.Starting, status.Relaying, status.Paused, status.Standby, status.Attention, status.Stopped}

// trayScreens show what the desktop draws: the menus as lists, and the icons
// enlarged so that each pixel can be seen. They are no windows of the program.
func trayScreens() []screen {
	return []screen{
		{"tray-menus", uitest.Working(), func(d *desk) fyne.Window {
			menus := make([]fyne.CanvasObject, 0, len(phases))
			for _, p := range phases {
				menus = append(menus, kit.NewSurface(trayMenu(tray.Render(uitest.PhaseStatus(p), config.Notifications{}, tray.Events{Recent: uitest.Rows(), Unread: 3}, kittest.Noon))))
			}
			return d.exhibit(container.NewGridWithColumns(3, menus...), fyne.NewSize(1020, 900))
		}},
		{"tray-icons", uitest.Working(), func(d *desk) fyne.Window {
			rows := container.NewVBox()
			for _, p := range append(slices.Clone(phases), "retrying") {
				row := container.New(layout.NewFormLayout(), kit.MinSize(90, 0, kit.Label(string(p))), trayIcons(p))
				rows.Add(row)
			}
			return d.exhibit(rows, fyne.NewSize(980, 760))
		}},
	}
}

// exhibit shows o in a window of its own.
func (d *desk) exhibit(o fyne.CanvasObject, size fyne.Size) fyne.Window {
	w := d.App.NewWindow("Vast Relay")
	w.SetContent(container.NewScroll(kit.PadWindow(o)))
	w.Resize(size)
	w.Show()
	return w
}

// trayMenu lists the items of m as a menu does.
func trayMenu(m tray.Menu) fyne.CanvasObject {
	list := container.NewVBox()
	for _, item := range m.Items {
		switch {
		case item.Separator():
			list.Add(widget.NewSeparator())
		case item.Command == tray.CommandNone:
			list.Add(kit.SmallLabel(item.Label))
		default:
			l := kit.Label(item.Label)
			l.Truncation = fyne.TextTruncateEllipsis
			list.Add(l)
		}
	}
	return list
}

// trayIcons draws the icon of p as panels of three heights do, light and dark,
// three times as large.
func trayIcons(p status.Phase) fyne.CanvasObject {
	row := container.NewHBox()
	for _, panel := range []color.Color{color.Gray{0xf4}, color.Gray{0x2b}} {
		for _, side := range []int{16, 22, 32} {
			icon := canvas.NewImageFromImage(drawnIcon(p, side, panel))
			icon.ScaleMode = canvas.ImageScalePixels
			icon.SetMinSize(fyne.NewSquareSize(float32(3 * side)))
			row.Add(container.NewCenter(icon))
		}
	}
	return row
}

// drawnIcon is the icon of p at that size on a panel of that colour.
func drawnIcon(p status.Phase, side int, panel color.Color) image.Image {
	c := software.NewCanvas()
	c.SetPadded(false)
	ground := canvas.NewRectangle(panel)
	c.SetContent(container.NewStack(ground, canvas.NewImageFromResource(fyne.NewStaticResource(string(p)+".svg", assets.Tray(string(p))))))
	c.Resize(fyne.NewSquareSize(float32(side)))
	return c.Capture()
}
