package cloudflared

import (
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"slices"
	"syscall"

	"vastrelay/relay/tunnel"
)

// The stable values of tunnel.PermanentError.Reason.
const (
	ReasonTokenMissing       = "token_missing"       // a host name without a token
	ReasonTokenMalformed     = "token_malformed"     // what was pasted is no token
	ReasonTokenRefused       = "token_refused"       // Cloudflare refuses the token, or the tunnel is gone
	ReasonHostMissing        = "host_missing"        // a token without a host name
	ReasonHostInvalid        = "url_invalid"         // the host name in the settings is not usable
	ReasonExecutableMissing  = "executable_missing"  // cloudflared was not found
	ReasonExecutableUnusable = "executable_unusable" // what was found cannot be started
	ReasonExecutableTooOld   = "executable_too_old"  // it does not know the options that it is given
)

// failure is why one run of cloudflared ended.
type failure struct {
	permanent *tunnel.PermanentError // nil: trouble that passes
	limited   bool                   // Cloudflare gives out no further quick tunnel now
	err       error                  // redacted
}

// transient is trouble that passes by itself.
func transient(format string, args ...any) failure {
	return failure{err: fmt.Errorf(format, args...)}
}

// forRetry is the failure as it decides about the next attempt.
func (f failure) forRetry() tunnel.Failure {
	t := tunnel.Failure{Permanent: f.permanent, Err: f.err}
	if f.limited {
		t.Kind, t.Code = tunnel.Limited, "429"
		t.Refusal = tunnel.Refusal{
			Answer:   t.Code,
			Headline: "Cloudflare gives out no quick tunnel now.",
			Cause:    "It limits how many are asked for from one network.",
			Next:     "It is tried again by itself; a named tunnel has no such limit.",
		}
	}
	return t
}

// classify says how to go on after cloudflared has ended with err, having shown
// what it has.
func classify(shown signs, err error, named bool) failure {
	switch {
	case shown.tooOld:
		return failure{permanent: permanent(ReasonExecutableTooOld, nil)}
	case shown.malformed:
		return failure{permanent: permanent(ReasonTokenMalformed, nil)}
	case shown.refusals > 0 && named:
		return refused(shown)
	case shown.trouble != "":
		return failure{limited: shown.limited, err: fmt.Errorf("cloudflared ended (%s): %s", ending(err), shown.trouble)}
	default:
		return failure{limited: shown.limited, err: fmt.Errorf("cloudflared ended (%s)", ending(err))}
	}
}

// refused is that Cloudflare does not let the tunnel of the token be opened.
func refused(shown signs) failure {
	return failure{permanent: permanent(ReasonTokenRefused, errors.New(shown.trouble))}
}

// notStarted is that the system did not start cloudflared, on the system of that
// name: it may do so a moment later, and otherwise the file is at fault.
func notStarted(err error, goos string) failure {
	_, unguarded := errors.AsType[guardError](err)
	if unguarded || startsLater(err, goos) {
		return transient("start cloudflared: %s", withoutPath(err))
	}
	return failure{permanent: permanent(ReasonExecutableUnusable, errors.New(withoutPath(err)))}
}

// What Windows answers in such a moment, which package syscall does not name:
// https://learn.microsoft.com/windows/win32/debug/system-error-codes .
const (
	windowsTooManyFiles     = syscall.Errno(4)    // ERROR_TOO_MANY_OPEN_FILES
	windowsNoMemory         = syscall.Errno(8)    // ERROR_NOT_ENOUGH_MEMORY
	windowsOutOfMemory      = syscall.Errno(14)   // ERROR_OUTOFMEMORY
	windowsSharingViolation = syscall.Errno(32)   // ERROR_SHARING_VIOLATION
	windowsNoResources      = syscall.Errno(1450) // ERROR_NO_SYSTEM_RESOURCES
	windowsPageFileFull     = syscall.Errno(1455) // ERROR_COMMITMENT_LIMIT
)

// startsLater reports whether a start that failed with err may go well a moment
// later: the system is short of something, or another program holds the file, such as
// one that updates it or looks for viruses.
func startsLater(err error, goos string) bool {
	passing := []error{syscall.EAGAIN, syscall.ENOMEM, syscall.EMFILE, syscall.ENFILE, syscall.ETXTBSY}
	if goos == "windows" { // where the numbers mean this
		passing = []error{
			windowsTooManyFiles, windowsNoMemory, windowsOutOfMemory, windowsSharingViolation, windowsNoResources, windowsPageFileFull,
		}
	}
	return slices.ContainsFunc(passing, func(e error) bool { return errors.Is(err, e) })
}

// ending is how a process ended, in a few words.
func ending(err error) string {
	switch exit, ok := errors.AsType[*exec.ExitError](err); {
	case err == nil:
		return "exit status 0"
	case ok:
		return exit.String()
	default:
		return withoutPath(err)
	}
}

// withoutPath is the text of err without the path of a file, which names the
// person mostly.
func withoutPath(err error) string {
	if file, ok := errors.AsType[*fs.PathError](err); ok {
		return file.Err.Error()
	}
	if start, ok := errors.AsType[*exec.Error](err); ok {
		return start.Err.Error()
	}
	return err.Error()
}

// permanent returns the error for reason, with err as the technical cause.
func permanent(reason string, err error) *tunnel.PermanentError {
	const token = "Copy the token of the tunnel from Cloudflare's dashboard, the long text that begins with eyJ, and paste it."
	e := &tunnel.PermanentError{Reason: reason, Err: err}
	switch reason {
	case ReasonTokenMissing:
		e.Mend, e.Credential, e.Headline = tunnel.MendToken, credentialKind, "The token of the Cloudflare tunnel is missing."
		e.Cause, e.Next = "A tunnel with a host name of its own needs one.", token
	case ReasonTokenMalformed:
		e.Mend, e.Credential, e.Headline = tunnel.MendToken, credentialKind, "The token of the Cloudflare tunnel is incomplete or mistyped."
		e.Cause, e.Next = "It does not hold an account, a tunnel and a secret.", token
	case ReasonTokenRefused:
		e.Mend, e.Credential, e.Headline = tunnel.MendToken, credentialKind, "Cloudflare refused the token of the tunnel."
		e.Cause, e.Next = "The token was renewed, or the tunnel was deleted.", token
	case ReasonHostMissing:
		e.Mend, e.Headline = tunnel.MendSettings, "The host name of the Cloudflare tunnel is missing."
		e.Cause = "There is a token, and cloudflared does not tell which public host name leads to its tunnel."
		e.Next = "Enter the host name in Settings, or remove the token to use a quick tunnel."
	case ReasonHostInvalid:
		e.Mend, e.Headline = tunnel.MendSettings, "The host name of the Cloudflare tunnel is not usable."
		e.Cause = "It must be the bare name of a host, such as relay.example.com."
		e.Next = "Open Settings and correct the host name."
	case ReasonExecutableMissing:
		e.Mend, e.Headline = tunnel.MendLocally, "The program cloudflared was not found."
		e.Cause = "It is not installed, or lies in a folder where programs are not looked for."
		e.Next = "Install it from developers.cloudflare.com/tunnel/downloads, or enter where it lies in Settings."
	case ReasonExecutableTooOld:
		e.Mend, e.Headline = tunnel.MendLocally, "The installed cloudflared is too old."
		e.Cause = "It does not know the options that it is started with; version 2025.6.1 is the first that does."
		e.Next = "Install the newest version of cloudflared."
	default:
		e.Mend, e.Headline = tunnel.MendLocally, "The program cloudflared cannot be started."
		e.Cause = "The file is no program for this computer, or may not be run."
		e.Next = "Install cloudflared anew, or enter in Settings where it lies."
	}
	return e
}
