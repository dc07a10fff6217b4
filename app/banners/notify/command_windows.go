package notify

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"unicode/utf16"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// script shows what stands in three variables of its environment. They are values
// to it: no text ever becomes a part of the script, which PowerShell would run. The
// elements are those of
// https://learn.microsoft.com/uwp/schemas/tiles/toastschema/schema-root .
const script = `$ErrorActionPreference = 'Stop'
[Windows.UI.Notifications.ToastNotificationManager, Windows.UI.Notifications, ContentType = WindowsRuntime] > $null
$xml = [Windows.UI.Notifications.ToastNotificationManager]::GetTemplateContent([Windows.UI.Notifications.ToastTemplateType]::ToastText02)
$texts = $xml.GetElementsByTagName('text')
$texts.Item(0).AppendChild($xml.CreateTextNode($env:VASTRELAY_TOAST_TITLE)) > $null
$texts.Item(1).AppendChild($xml.CreateTextNode($env:VASTRELAY_TOAST_TEXT)) > $null
$toast = New-Object Windows.UI.Notifications.ToastNotification $xml
[Windows.UI.Notifications.ToastNotificationManager]::CreateToastNotifier($env:VASTRELAY_TOAST_APP).Show($toast)`

// command is the call that shows what.
func (n *Notifier) command(ctx context.Context, what Notification) (*exec.Cmd, error) {
	if err := n.register(); err != nil {
		return nil, err
	}
	system, err := windows.GetSystemDirectory() // never what PATH or the working folder would offer
	if err != nil {
		return nil, fmt.Errorf("find the system folder: %w", err)
	}
	shell := filepath.Join(system, "WindowsPowerShell", "v1.0", "powershell.exe")
	cmd := exec.CommandContext(ctx, shell, "-NoProfile", "-NonInteractive", "-EncodedCommand", encoded(script)) //nolint:gosec // A path of the system and a script of ours.
	cmd.Env = append(slices.DeleteFunc(os.Environ(), namesModules),
		"VASTRELAY_TOAST_APP="+n.o.ID, "VASTRELAY_TOAST_TITLE="+what.Title, "VASTRELAY_TOAST_TEXT="+what.Body)
	cmd.SysProcAttr = &syscall.SysProcAttr{HideWindow: true, CreationFlags: windows.CREATE_NO_WINDOW}
	return cmd, nil
}

// namesModules reports whether a variable says where PowerShell finds its modules. A
// newer PowerShell, from which this program may have been started, leaves its own
// there, with which that of the system cannot work:
// https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_psmodulepath .
func namesModules(variable string) bool {
	name, _, _ := strings.Cut(variable, "=")
	return strings.EqualFold(name, "PSModulePath")
}

// register names the program to Windows, which shows toasts only of those that it
// knows,
// https://learn.microsoft.com/windows/apps/design/shell/tiles-and-notifications/send-local-toast-other-apps .
func (n *Notifier) register() error {
	key, _, err := registry.CreateKey(registry.CURRENT_USER, `Software\Classes\AppUserModelId\`+n.o.ID, registry.SET_VALUE)
	if err != nil {
		return fmt.Errorf("register for notifications: %w", err)
	}
	defer key.Close() //nolint:errcheck // Nothing is written after the value.
	if err := key.SetStringValue("DisplayName", n.o.Name); err != nil {
		return fmt.Errorf("register for notifications: %w", err)
	}
	return nil
}

// encoded is a script as PowerShell takes it: UTF-16, lower byte first, in base 64.
func encoded(script string) string {
	var b []byte
	for _, unit := range utf16.Encode([]rune(script)) {
		b = binary.LittleEndian.AppendUint16(b, unit)
	}
	return base64.StdEncoding.EncodeToString(b)
}
