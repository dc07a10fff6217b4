package chattest

import (
	"fmt"
	"maps"
	"slices"
)

// shape says which JSON a field takes: a leaf (its kind), an object (its
// fields), or a list (its element).
type shape struct {
	leaf   string // "string", "number", "bool"; empty: object or list
	fields map[string]shape
	list   *shape
}

// Constructors that keep the shape below readable.
func object(fields map[string]shape) shape { return shape{fields: fields} }
func listOf(element shape) shape           { return shape{list: &element} }

// messageShape is the part of the Message resource that webhooks can use.
// https://developers.google.com/workspace/chat/api/reference/rest/v1/spaces.messages#Message
// https://developers.google.com/workspace/chat/api/reference/rest/v1/cards
var messageShape = func() shape {
	var (
		text   = shape{leaf: "string"}
		flag   = shape{leaf: "bool"}
		number = shape{leaf: "number"}
	)
	click := object(map[string]shape{"openLink": object(map[string]shape{"url": text, "openAs": text, "onClose": text})})
	icon := object(map[string]shape{
		"knownIcon": text, "iconUrl": text, "altText": text, "imageType": text,
		"materialIcon": object(map[string]shape{"name": text, "fill": flag, "weight": number, "grade": number}),
	})
	color := object(map[string]shape{"red": number, "green": number, "blue": number, "alpha": number})
	button := object(map[string]shape{
		"text": text, "icon": icon, "color": color, "onClick": click, "disabled": flag, "altText": text, "type": text,
	})
	buttonList := object(map[string]shape{"buttons": listOf(button)})
	widget := object(map[string]shape{
		"textParagraph": object(map[string]shape{"text": text, "textSyntax": text, "maxLines": number}),
		"decoratedText": object(map[string]shape{
			"icon": icon, "startIcon": icon, "topLabel": text, "text": text, "wrapText": flag, "bottomLabel": text,
			"onClick": click, "button": button, "endIcon": icon,
		}),
		"buttonList": buttonList,
		"divider":    object(map[string]shape{}),
		"image":      object(map[string]shape{"imageUrl": text, "altText": text, "onClick": click}),
	})
	section := object(map[string]shape{
		"header": text, "widgets": listOf(widget), "collapsible": flag, "uncollapsibleWidgetsCount": number,
	})
	header := object(map[string]shape{
		"title": text, "subtitle": text, "imageUrl": text, "imageType": text, "imageAltText": text,
	})
	card := object(map[string]shape{"header": header, "sections": listOf(section), "name": text})
	return object(map[string]shape{
		"text": text, "fallbackText": text,
		"cardsV2":          listOf(object(map[string]shape{"cardId": text, "card": card})),
		"thread":           object(map[string]shape{"name": text, "threadKey": text}),
		"accessoryWidgets": listOf(object(map[string]shape{"buttonList": buttonList})),
	})
}()

// checkShape refuses names that are not in want, and values of another kind.
func checkShape(value any, want shape, path string) *apiError {
	wrong := func() *apiError {
		refusal := badRequest(path, fmt.Sprintf("Invalid value at '%s'.", path))
		return &refusal
	}
	switch {
	case want.list != nil:
		list, ok := value.([]any)
		if !ok {
			return wrong()
		}
		for i, element := range list {
			if refusal := checkShape(element, *want.list, fmt.Sprintf("%s[%d]", path, i)); refusal != nil {
				return refusal
			}
		}
	case want.fields != nil:
		fields, ok := value.(map[string]any)
		if !ok {
			return wrong()
		}
		return checkFields(fields, want, path)
	case kindOf(value) != want.leaf:
		return wrong()
	}
	return nil
}

// checkFields checks the fields of an object, in the order of their names.
func checkFields(fields map[string]any, want shape, path string) *apiError {
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		inner, known := want.fields[name]
		if !known {
			place := ""
			if path != "" {
				place = fmt.Sprintf(" at '%s'", path)
			}
			refusal := badRequest(path, fmt.Sprintf("Invalid JSON payload received. Unknown name %q%s: Cannot find field.", name, place))
			return &refusal
		}
		at := name
		if path != "" {
			at = path + "." + name
		}
		if refusal := checkShape(fields[name], inner, at); refusal != nil {
			return refusal
		}
	}
	return nil
}

// kindOf names the kind of a JSON leaf.
func kindOf(value any) string {
	switch value.(type) {
	case string:
		return "string"
	case bool:
		return "bool"
	case nil:
		return "null"
	case map[string]any, []any:
		return "composite"
	default:
		return "number"
	}
}
