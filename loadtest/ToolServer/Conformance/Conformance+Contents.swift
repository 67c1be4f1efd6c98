/// Resources and prompts.
extension Conformance {
    static let resources = [
        #"{"uri":"test://static-text","name":"Static text","description":"A text","mimeType":"text/plain"}"#,
        #"{"uri":"test://static-binary","name":"Static binary","description":"An image","mimeType":"image/png"}"#,
        #"{"uri":"test://watched-resource","name":"Watched","description":"One to be watched","mimeType":"text/plain"}"#,
    ]
    static let templates = [
        #"{"uriTemplate":"test://template/{id}/data","name":"Template","description":"Data of an id","mimeType":"application/json"}"#
    ]
    static let prompts = [
        #"{"name":"test_simple_prompt","description":"A simple prompt"}"#,
        #"{"name":"test_prompt_with_arguments","description":"Has arguments","arguments":[{"name":"arg1","description":"The first","required":true},{"name":"arg2","description":"The second","required":true}]}"#,
        #"{"name":"test_prompt_with_embedded_resource","description":"Has a resource","arguments":[{"name":"resourceUri","description":"Which","required":true}]}"#,
        #"{"name":"test_prompt_with_image","description":"Has an image"}"#,
        #"{"name":"\#(askingPrompt)","description":"Asks before it is shown"}"#,
    ]

    /// A prompt that asks its client (2026-07-28).
    static let askingPrompt: StaticString = "test_input_required_result_prompt"

    /// The messages of ``askingPrompt``; nil where its client was not asked yet.
    static func askedMessages(_ params: JSONSlice?) -> String? {
        let answer = params?.member("inputResponses")?.member("user_context")?.member("content")?.member("context")?.string
        return answer.map { "[{\"role\":\"user\",\"content\":\(text("Use this context: \($0)"))}]" }
    }

    /// The part of a result that holds the contents of a resource; nil where there is none of this URI.
    static func contents(of uri: String) -> String? {
        switch uri {
        case "test://static-text": return #""mimeType":"text/plain","text":"This is the content of the static text resource.""#
        case "test://watched-resource": return #""mimeType":"text/plain","text":"Nothing has changed.""#
        case "test://static-binary": return "\"mimeType\":\"image/png\",\"blob\":\"\(image)\""
        default:
            let (prefix, suffix) = ("test://template/", "/data")
            guard uri.hasPrefix(prefix), uri.hasSuffix(suffix), uri.count > prefix.count + suffix.count else { return nil }
            let id = String(uri.dropFirst(prefix.count).dropLast(suffix.count))
            let text = "{\"id\":\(jsonText(id)),\"templateTest\":true,\"data\":\(jsonText("Data for ID: \(id)"))}"
            return "\"mimeType\":\"application/json\",\"text\":\(jsonText(text))"
        }
    }

    /// The messages of a prompt, as JSON; nil where there is none of this name.
    static func messages(of prompt: String, _ arguments: JSONSlice?) -> String? {
        let contents: [String]
        switch prompt {
        case "test_simple_prompt": contents = [text("This is a simple prompt for testing.")]
        case "test_prompt_with_arguments":
            let (first, second) = (arguments?.member("arg1")?.string ?? "", arguments?.member("arg2")?.string ?? "")
            contents = [text("Prompt with arguments: arg1='\(first)', arg2='\(second)'")]
        case "test_prompt_with_embedded_resource":
            let uri = arguments?.member("resourceUri")?.string ?? ""
            contents = [
                embedded(uri, "Embedded resource content for testing."), text("Please process the embedded resource above."),
            ]
        case "test_prompt_with_image": contents = [imageBlock, text("Please analyze the image above.")]
        default: return nil
        }
        return "[" + contents.map { "{\"role\":\"user\",\"content\":\($0)}" }.joined(separator: ",") + "]"
    }
}
