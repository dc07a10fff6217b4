package words

import "strings"

// fromEnvironment returns the locales that the variables of POSIX and GNU gettext
// name, best first:
// https://www.gnu.org/software/gettext/manual/html_node/Locale-Environment-Variables.html .
// LANGUAGE, a list, outranks the others unless they switch translation off.
func fromEnvironment(variable func(name string) string) []string {
	var locale string
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if locale = variable(name); locale != "" {
			break
		}
	}
	switch locale {
	case "", "C", "POSIX":
		return nil
	}
	var found []string
	for name := range strings.SplitSeq(variable("LANGUAGE"), ":") {
		if name != "" {
			found = append(found, name)
		}
	}
	return append(found, locale)
}
