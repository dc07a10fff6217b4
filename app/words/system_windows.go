package words

import "golang.org/x/sys/windows"

// System returns the languages of the person's user interface as Windows lists
// them, best first. It returns none where Windows gives no answer.
func System() []string {
	preferred, err := windows.GetUserPreferredUILanguages(windows.MUI_LANGUAGE_NAME)
	if err != nil {
		return nil
	}
	return preferred
}
