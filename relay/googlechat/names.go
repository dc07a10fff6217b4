package googlechat

import (
	"slices"
	"strings"
)

// Names of files, container images and Vast.ai's hosts stay byte for byte although
// they look like domains: people copy them into shells. Everything else that looks
// like a domain is broken up, so that Chat makes no link of it.

// vendorDomain holds the hosts of Vast.ai, to which instances are connected.
const vendorDomain = "vast.ai"

// registries lists the hosts that container images are named by.
var registries = []string{
	"docker.io", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com",
	"ghcr.io", "nvcr.io", "quay.io", "lscr.io", "gcr.io", "us.gcr.io", "eu.gcr.io", "asia.gcr.io", "mirror.gcr.io",
	"k8s.gcr.io", "registry.k8s.io", "mcr.microsoft.com", "public.ecr.aws", "registry.gitlab.com",
	"registry.access.redhat.com", "registry.redhat.io", "registry.opensuse.org", "container-registry.oracle.com",
	"docker.elastic.co", "docker.pkg.github.com", "registry.cn-hangzhou.aliyuncs.com",
}

// fileExtensions lists the extensions of scripts, data, logs, archives and
// models. Some are top-level domains as well.
var fileExtensions = strings.Fields(`
	py pyc pyi ipynb sh bash zsh fish bat cmd ps1 pl rb lua jl r js mjs ts go rs c h cpp cu cuh java sql run sbatch slurm service
	csv tsv json jsonl ndjson yaml yml toml xml ini cfg conf env txt md rst html pdf parquet arrow feather npy npz h5 hdf5 db sqlite dat lock
	log out err trace prof dmp
	zip tar gz tgz bz2 xz zst lz4 7z rar whl deb rpm iso
	pt pth ckpt bin onnx gguf ggml safetensors pkl pickle joblib tflite pb engine plan model mar
	png jpg jpeg gif webp mp4 wav mp3 so ko o a`)

// maxNameRunes bounds a name; a longer one is treated like any text.
const maxNameRunes = 200

// exactName returns the end of the name that begins at i and stays as it is; 0 for
// none. There is none where a program could take the name and the text before or
// after it for one URL or mail address.
func exactName(out *scanned, in []rune, i int) int {
	if !beginsName(out, in, i) {
		return 0
	}
	end := imageEnd(in, i)
	if end == 0 {
		end = fileEnd(in, i)
	}
	if end == 0 || end-i > maxNameRunes || continues(in[end:]) {
		return 0
	}
	return end
}

// beginsName reports whether a name can begin at i.
func beginsName(out *scanned, in []rune, i int) bool {
	before := ' '
	switch {
	case i > 0:
		before = in[i-1]
	case len(out.runes) > 0:
		before = out.runes[len(out.runes)-1]
	}
	return !nameRune(before) && before != '@' && before != '%' && !isDot(before)
}

// nameRune reports whether r can stand in a path.
func nameRune(r rune) bool { return domainRune(r) || r == '.' || r == '/' || r == '~' }

// continues reports whether s, which follows a name, could be a part of its URL or
// mail address.
func continues(s []rune) bool {
	switch {
	case len(s) == 0:
		return false
	case s[0] == '?', s[0] == '#', s[0] == '&', s[0] == '=', s[0] == '%':
		return len(s) > 1 && wordRune(s[1])
	case s[0] == ':':
		return len(s) > 1 && s[1] == '/'
	default:
		return s[0] == '@' || s[0] == '~' || isDot(s[0]) && len(s) > 1 && domainRune(s[1])
	}
}

// asciiName returns the end of the run of letters, digits and more from i.
func asciiName(in []rune, i int, more string) int {
	for i < len(in) && in[i] < 0x80 && (wordRune(in[i]) || strings.ContainsRune(more, in[i])) {
		i++
	}
	return i
}

// imageEnd returns the end of the container image that is named from i: a
// registry, and perhaps a path, a tag and a digest.
// https://github.com/distribution/reference
func imageEnd(in []rune, i int) int {
	end := trimDots(in, i, asciiName(in, i, ".-"))
	if !slices.Contains(registries, strings.ToLower(string(in[i:end]))) {
		return 0
	}
	if end+1 < len(in) && in[end] == '/' && in[end+1] < 0x80 && wordRune(in[end+1]) {
		end = asciiName(in, end, "./_-")
		if end+1 < len(in) && in[end] == ':' && in[end+1] < 0x80 && wordRune(in[end+1]) {
			end = asciiName(in, end+1, "._-")
		}
		if digest := []rune("@sha256:"); len(in)-end > len(digest) && slices.Equal(in[end:end+len(digest)], digest) {
			end = asciiName(in, end+len(digest), "")
		}
	}
	return trimDots(in, i, end)
}

// fileEnd returns the end of the file, with or without its folders, that is
// named from i.
func fileEnd(in []rune, i int) int {
	end := i
	for end < len(in) && nameRune(in[end]) && in[end] != '\u200c' && in[end] != '\u200d' {
		end++
	}
	if end = trimDots(in, i, end); end-i > maxNameRunes {
		return 0
	}
	folders, file := "", string(in[i:end])
	if at := strings.LastIndexByte(file, '/'); at >= 0 {
		folders, file = file[:at], file[at+1:]
	}
	dot := strings.LastIndexByte(file, '.')
	if dot <= 0 || !slices.Contains(fileExtensions, strings.ToLower(file[dot+1:])) || strings.HasPrefix(strings.ToLower(file), "www.") {
		return 0
	}
	// A domain can hide in front of the extension, as in example.com.zip.
	if holdsTopLevel(file[:dot], fileExtensions) || strings.Contains(file, "~") || !plainFolders(folders) {
		return 0
	}
	return end
}

// holdsTopLevel reports whether a label of name behind its first one is a
// top-level domain, other than those of except.
func holdsTopLevel(name string, except []string) bool {
	for n, label := range strings.Split(name, ".") {
		if n > 0 && !slices.Contains(except, strings.ToLower(label)) && topLevel([]rune(label)) {
			return true
		}
	}
	return false
}

// plainFolders reports whether folders, what stands before a file's last slash,
// can be no host.
func plainFolders(folders string) bool {
	for n, folder := range strings.Split(folders, "/") {
		switch {
		case n > 0 && folder == "":
			return false // "//" begins a URL without its scheme.
		case strings.Contains(folder, "~") && (n > 0 || folder != "~"):
			return false
		case n == 0 && strings.Trim(folder, ".") != "" && strings.Contains(folder, "."):
			return false
		case holdsTopLevel(folder, nil):
			return false
		}
	}
	return true
}

// trimDots moves end back over the full stops that end a sentence.
func trimDots(in []rune, i, end int) int {
	for end > i && in[end-1] == '.' {
		end--
	}
	return end
}

// isVendorHost reports whether a run of domain characters is a host of Vast.ai.
func isVendorHost(run []rune) bool {
	name := strings.ToLower(strings.TrimRight(string(run), "."))
	if name != vendorDomain && !strings.HasSuffix(name, "."+vendorDomain) {
		return false
	}
	return asciiName(run, 0, ".-") == len(run) && !strings.Contains(name, "..") && !strings.HasPrefix(name, "www.")
}

// needsCode reports whether a name in text must be formatted as code to stay as
// it is: its extension is a top-level domain, or it holds marks.
func needsCode(name []rune) bool {
	for i, r := range name {
		switch {
		case strings.ContainsRune("*~", r), r == '_' && !insideWord(name, i):
			return true
		case r == '.' && imageEnd(name, 0) == 0 && topLevel(name[i+1:]):
			return true
		}
	}
	return false
}
