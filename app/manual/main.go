// Command manual writes what is made from the command line of the program for
// packages: the manual pages, and the scripts by which shells complete commands.
// It is not part of the program.
//
// usage: manual DIR
//
// DIR gets the folders that belong into a system's share: man/man1,
// bash-completion/completions, zsh/site-functions, fish/vendor_completions.d.
// SOURCE_DATE_EPOCH, in seconds, is the date of the pages.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"vastrelay/app"
	"vastrelay/app/build"
)

func main() {
	if len(os.Args) != 2 {
		_, _ = fmt.Fprintln(os.Stderr, "usage: manual DIR")
		os.Exit(2)
	}
	if err := write(app.CommandLine(), os.Args[1]); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "manual: "+err.Error())
		os.Exit(1)
	}
}

// write writes everything below share.
func write(root *cobra.Command, share string) error {
	pages := filepath.Join(share, "man", "man1")
	if err := os.MkdirAll(pages, 0o755); err != nil { // #nosec G301 -- for everybody to read
		return err
	}
	header := &doc.GenManHeader{Section: "1", Source: "Vast Relay " + build.Current().Version, Manual: "Vast Relay"}
	if err := doc.GenManTree(root, header, pages); err != nil {
		return fmt.Errorf("write the manual pages: %w", err)
	}
	for path, generate := range map[string]func(path string) error{
		"bash-completion/completions/vastrelay":    func(path string) error { return root.GenBashCompletionFileV2(path, true) },
		"zsh/site-functions/_vastrelay":            root.GenZshCompletionFile,
		"fish/vendor_completions.d/vastrelay.fish": func(path string) error { return root.GenFishCompletionFile(path, true) },
	} {
		path = filepath.Join(share, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { // #nosec G301 -- for everybody to read
			return err
		}
		if err := generate(path); err != nil {
			return fmt.Errorf("write %s: %w", path, err)
		}
	}
	return nil
}
