package launch

import (
	"encoding/json"

	"fyne.io/fyne/v2/lang"

	"vastrelay/app/words"
)

// translateToolkit makes the toolkit's own menus, such as that of an entry, speak the
// language in use. The toolkit itself follows the system alone: the words go to it
// as those of the system's language. UI goroutine only.
func translateToolkit() error {
	texts, err := json.Marshal(map[string]string{
		"Copy":       words.Text("toolkit.copy"),
		"Cut":        words.Text("toolkit.cut"),
		"Paste":      words.Text("toolkit.paste"),
		"Quit":       words.Text("toolkit.quit"),
		"Redo":       words.Text("toolkit.redo"),
		"Select all": words.Text("toolkit.select_all"),
		"Undo":       words.Text("toolkit.undo"),
	})
	if err != nil {
		return err
	}
	return lang.AddTranslationsForLocale(texts, lang.SystemLocale())
}
