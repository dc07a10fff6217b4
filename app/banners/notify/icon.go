//go:build linux || freebsd || openbsd || netbsd

package notify

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/png"
)

// iconSide is the width and height of the picture that is sent, in pixels.
const iconSide = 64

// picture is a picture as the hint "image-data" has it: eight bits each of red, green,
// blue and opacity,
// https://specifications.freedesktop.org/notification-spec/latest/icons-and-images.html .
type picture struct {
	Width, Height, Stride int32
	HasAlpha              bool
	BitsPerSample         int32
	Channels              int32
	Data                  []byte
}

// iconPicture scales a square PNG whose sides are a multiple of iconSide.
func iconPicture(content []byte) (picture, error) {
	source, err := png.Decode(bytes.NewReader(content))
	if err != nil {
		return picture{}, err
	}
	size := source.Bounds().Size()
	if size.X != size.Y || size.X < iconSide || size.X%iconSide != 0 {
		return picture{}, errors.New("the icon is not a square whose sides are a multiple of 64 pixels")
	}
	p := picture{Width: iconSide, Height: iconSide, Stride: 4 * iconSide, HasAlpha: true, BitsPerSample: 8, Channels: 4}
	step := size.X / iconSide
	for y := range iconSide {
		for x := range iconSide {
			c := average(source, image.Rect(x*step, y*step, (x+1)*step, (y+1)*step).Add(source.Bounds().Min))
			p.Data = append(p.Data, c.R, c.G, c.B, c.A)
		}
	}
	return p, nil
}

// average is the mean colour of the part r of source.
func average(source image.Image, r image.Rectangle) color.NRGBA {
	var red, green, blue, alpha, count uint64
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			r, g, b, a := source.At(x, y).RGBA() // multiplied by opacity, so that they can be added
			red, green, blue, alpha = red+uint64(r), green+uint64(g), blue+uint64(b), alpha+uint64(a)
			count++
		}
	}
	mean := color.RGBA64{R: uint16(red / count), G: uint16(green / count), B: uint16(blue / count), A: uint16(alpha / count)} //nolint:gosec // A mean of 16-bit values fits.
	return color.NRGBAModel.Convert(mean).(color.NRGBA)                                                                       //nolint:forcetypeassert,errcheck // The model converts to nothing else.
}
