package kit

import (
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/words"
)

const (
	daysOfWeek = 7
	// weeksOfMonth is the most that a month touches: every month has the same height.
	weeksOfMonth = 6
)

// calendar shows the days of a month.
type calendar struct {
	noon   time.Time // of the first day of the month
	begins time.Weekday
	picked func(day time.Time)
	title  *widget.Label
	days   *fyne.Container
}

// NewCalendar returns a calendar that begins with the month of at, in its zone, and tells
// picked the noon of the day that is pressed. The toolkit's own names months in English
// whatever the language, and days in the language of the system.
func NewCalendar(at time.Time, picked func(day time.Time)) fyne.CanvasObject {
	c := &calendar{begins: weekStart(lang.SystemLocale().LanguageString()), picked: picked, title: widget.NewLabel(""), days: container.NewGridWithColumns(daysOfWeek)}
	c.title.Alignment = fyne.TextAlignCenter
	c.show(at.Year(), at.Month(), at.Location())
	turn := func(icon fyne.Resource, by time.Month) *Button {
		return PlainButton("", icon, func() { c.show(c.noon.Year(), c.noon.Month()+by, c.noon.Location()) })
	}
	months := container.NewBorder(nil, nil, turn(theme.NavigateBackIcon(), -1), turn(theme.NavigateNextIcon(), 1), c.title)
	return container.NewBorder(months, nil, nil, nil, c.days)
}

// show shows a month; one past the end of a year is of the next.
func (c *calendar) show(year int, month time.Month, zone *time.Location) {
	c.noon = time.Date(year, month, 1, 12, 0, 0, 0, zone)
	c.title.SetText(words.MonthYear(c.noon))
	before := (int(c.noon.Weekday()-c.begins) + daysOfWeek) % daysOfWeek
	cells := make([]fyne.CanvasObject, 0, daysOfWeek*(weeksOfMonth+1))
	for i := range daysOfWeek {
		heading := widget.NewLabel(words.Weekday(c.noon.AddDate(0, 0, i-before)))
		heading.Alignment = fyne.TextAlignCenter
		cells = append(cells, heading)
	}
	for i := range daysOfWeek * weeksOfMonth {
		day := c.noon.AddDate(0, 0, i-before)
		if day.Month() != c.noon.Month() {
			cells = append(cells, layout.NewSpacer())
			continue
		}
		cells = append(cells, PlainButton(strconv.Itoa(day.Day()), nil, func() { c.picked(day) }))
	}
	c.days.Objects = cells
	c.days.Refresh()
}

// The regions whose weeks do not begin on Monday:
// https://www.unicode.org/cldr/charts/latest/supplemental/territory_information.html .
const (
	sundayRegions = "AG AS BD BR BS BT BW BZ CA CO DM DO ET GT GU HK HN ID IL IN JM JP KE KH KR LA MH MM MO MT MX MZ " +
		"NI NP PA PE PH PK PR PT PY SA SG SV TH TT TW UM US VE VI WS YE ZA ZW"
	saturdayRegions = "AE AF BH DJ DZ EG IQ IR JO KW LY OM QA SD SY"
)

// weekStart is the first day of the week in the region that a language tag such as en-US
// ends with; without one it is Monday.
func weekStart(tag string) time.Weekday {
	region := tag[strings.LastIndex(tag, "-")+1:]
	switch {
	case len(region) != len("US"):
		return time.Monday
	case strings.Contains(sundayRegions, region):
		return time.Sunday
	case strings.Contains(saturdayRegions, region):
		return time.Saturday
	default:
		return time.Monday
	}
}
