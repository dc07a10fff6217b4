package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"

	"github.com/fyne-io/oksvg"
	"github.com/srwiley/rasterx"
)

// iconName is the name of the icon on the desktop: the id of the program.
const iconName = "app.vastrelay.desktop"

// iconSizes are the sizes, in pixels, that desktops look for:
// https://specifications.freedesktop.org/icon-theme-spec/latest/ .
func iconSizes() []int { return []int{16, 22, 24, 32, 48, 64, 128, 256, 512} }

// writeIcons writes the icon below dir, as a drawing and in every size.
func writeIcons(dir string) error {
	drawing, err := os.ReadFile(iconPath)
	if err != nil {
		return err
	}
	if err := writeIcon(filepath.Join(dir, "scalable"), iconName+".svg", drawing); err != nil {
		return err
	}
	for _, size := range iconSizes() {
		picture, err := drawIcon(drawing, size)
		if err != nil {
			return fmt.Errorf("draw %s with %d pixels: %w", iconPath, size, err)
		}
		if err := writeIcon(filepath.Join(dir, fmt.Sprintf("%dx%d", size, size)), iconName+".png", picture); err != nil {
			return err
		}
	}
	return nil
}

// writeIcon writes one icon into the folder of its size.
func writeIcon(dir, name string, content []byte) error {
	dir = filepath.Join(dir, "apps")
	if err := os.MkdirAll(dir, 0o755); err != nil { // #nosec G301 -- for everybody to read
		return err
	}
	return os.WriteFile(filepath.Join(dir, name), content, 0o644) // #nosec G306 -- for everybody to read
}

// drawIcon returns the drawing, an SVG, as a PNG of size by size pixels.
func drawIcon(drawing []byte, size int) ([]byte, error) {
	icon, err := oksvg.ReadIconStream(bytes.NewReader(drawing), oksvg.StrictErrorMode)
	if err != nil {
		return nil, err
	}
	icon.SetTarget(0, 0, float64(size), float64(size))
	picture := image.NewRGBA(image.Rect(0, 0, size, size))
	icon.Draw(rasterx.NewDasher(size, size, rasterx.NewScannerGV(size, size, picture, picture.Bounds())), 1)
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, picture); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// windowsSizes are the sizes that Windows shows.
func windowsSizes() []int { return []int{16, 32, 48, 256} }

// icoHeader begins an icon file, and icoEntry stands in it for each picture. Source:
// https://learn.microsoft.com/en-us/previous-versions/ms997538(v=msdn.10) .
type icoHeader struct {
	Reserved, Type, Count uint16
}

type icoEntry struct {
	Width, Height    uint8 // 0 stands for 256
	Colours, Unused  uint8
	Planes, BitCount uint16
	Size, Offset     uint32
}

// writeWindowsIcon writes the icon in every size of Windows into the file target.
func writeWindowsIcon(target string) error {
	drawing, err := os.ReadFile(iconPath)
	if err != nil {
		return err
	}
	sizes := windowsSizes()
	var head, body bytes.Buffer
	offset := binary.Size(icoHeader{}) + len(sizes)*binary.Size(icoEntry{})
	_ = binary.Write(&head, binary.LittleEndian, icoHeader{Type: 1, Count: uint16(len(sizes))}) // #nosec G115 -- a few; a buffer takes everything
	for _, size := range sizes {
		picture, err := drawIcon(drawing, size)
		if err != nil {
			return fmt.Errorf("draw %s with %d pixels: %w", iconPath, size, err)
		}
		_ = binary.Write(&head, binary.LittleEndian, icoEntry{
			Width: uint8(size), Height: uint8(size), Planes: 1, BitCount: 32, // #nosec G115 -- 256 becomes 0, as the format wants
			Size: uint32(len(picture)), Offset: uint32(offset + body.Len()), // #nosec G115 -- pictures of kilobytes
		})
		body.Write(picture)
	}
	return os.WriteFile(target, append(head.Bytes(), body.Bytes()...), 0o644) // #nosec G306 -- for everybody to read
}
