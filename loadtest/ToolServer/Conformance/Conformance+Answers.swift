import NIOCore

/// Tools that answer at once with one kind of content each.
extension Conformance {
    static let answering = [
        content("test_simple_text", text("This is a simple text response for testing.")),
        content("test_image_content", imageBlock),
        content("test_audio_content", "{\"type\":\"audio\",\"data\":\"\(sound)\",\"mimeType\":\"audio/wav\"}"),
        content("test_embedded_resource", embedded("test://embedded-resource", "This is an embedded resource content.")),
        content(
            "test_multiple_content_types",
            text("Multiple content types test:") + "," + imageBlock + ","
                + embedded("test://mixed-content-resource", "Mixed content")
        ),
        Tool(
            name: "test_error_handling",
            title: "Error handling",
            description: "Fails, as a tool does.",
            effect: .readOnly,
            input: Schema()
        ) { $0.fail("This tool intentionally returns an error for testing") },
        Tool(
            name: "test_meta",
            title: "Meta",
            description: "Answers with what the request's _meta holds.",
            effect: .readOnly,
            input: Schema()
        ) { call in
            call.succeed { buffer in
                buffer.writeContent(text: "as structured content")
                buffer.writeStaticString(#","structuredContent":{"meta":"#)
                if let meta = call.params?.member("_meta") { buffer.write(meta) } else { buffer.writeStaticString("null") }
                buffer.writeStaticString("}")
            }
        },
        Tool(
            name: "json_schema_2020_12_tool",
            title: "JSON Schema 2020-12",
            description: "Has a schema that must pass unchanged.",
            effect: .readOnly,
            input: Schema(
                whole:
                    ##"{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","$defs":{"address":{"$anchor":"addressDef","type":"object","properties":{"street":{"type":"string"},"city":{"type":"string"}}}},"properties":{"name":{"type":"string"},"address":{"$ref":"#/$defs/address"},"contactMethod":{"type":"string","enum":["phone","email"]},"phone":{"type":"string"},"email":{"type":"string"}},"allOf":[{"anyOf":[{"required":["phone"]},{"required":["email"]}]}],"if":{"properties":{"contactMethod":{"const":"phone"}},"required":["contactMethod"]},"then":{"required":["phone"]},"else":{"required":["email"]},"additionalProperties":false}"##
            )
        ) { $0.succeed(text: "valid") },
        Tool(
            name: "test_header_parameter",
            title: "Header parameter",
            description: "Has an argument that travels as a header too.",
            effect: .readOnly,
            input: Schema(
                whole:
                    #"{"type":"object","properties":{"region":{"type":"string","x-mcp-header":"Region"}},"required":["region"]}"#
            )
        ) { call in
            guard let region = call.text("region") else { return }
            call.succeed(text: region)
        },
    ]

    /// - Parameter blocks: Content blocks, separated by commas.
    private static func content(_ name: String, _ blocks: String) -> Tool {
        Tool(
            name: name,
            title: name,
            description: "Answers with a fixed content.",
            effect: .readOnly,
            input: Schema()
        ) { call in
            call.succeed { $0.writeString("\"content\":[\(blocks)]") }
        }
    }
}
