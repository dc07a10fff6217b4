package kit

import (
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/storage"
)

// AskFile has a person name a file that is yet to be written, in a dialog of win
// whose button says confirm. It proposes name. chosen gets the path and is not called
// for a no; failed is told why the file cannot be used.
func AskFile(win fyne.Window, name, confirm string, chosen func(path string), failed func(error)) {
	d := dialog.NewFileSave(func(file fyne.URIWriteCloser, err error) {
		switch {
		case err != nil:
			failed(err)
		case file != nil:
			// The toolkit has made an empty file, which must not stay if nothing
			// comes of it.
			_ = file.Close()
			_ = storage.Delete(file.URI())
			chosen(filepath.FromSlash(file.URI().Path()))
		}
	}, win)
	d.SetFileName(name)
	d.SetConfirmText(confirm)
	d.Show()
}

// WithExtension is path with ext at its end, unless it ends in it or one of others,
// however they are written: by its extension the form of a file is known.
func WithExtension(path, ext string, others ...string) string {
	for _, known := range append(others, ext) {
		if strings.EqualFold(filepath.Ext(path), known) {
			return path
		}
	}
	return path + ext
}
