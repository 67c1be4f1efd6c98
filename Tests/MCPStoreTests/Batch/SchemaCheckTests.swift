import Testing

@testable import MCPStore

struct SchemaCheckTests {
    private static func problems(_ schema: String, _ value: String) throws -> [String] {
        SchemaCheck(try JSONValue(parsing: schema.utf8)).problems(of: try JSONValue(parsing: value.utf8))
    }

    @Test(arguments: [
        (#"{"type":"object","required":["city"]}"#, #"{}"#, "city: is required and missing"),
        (#"{"properties":{"n":{"type":"integer"}}}"#, #"{"n":"1"}"#, "n: must be an integer, not a string"),
        (#"{"properties":{"n":{"type":"integer"}}}"#, #"{"n":1.5}"#, "n: must be an integer, not a number"),
        (#"{"properties":{"n":{"type":["string","null"]}}}"#, #"{"n":1}"#, "n: must be a string or null, not a number"),
        (
            #"{"properties":{"city":{}},"additionalProperties":false}"#, #"{"ctiy":1}"#,
            "ctiy: there is no such argument; did you mean city?"
        ),
        (#"{"additionalProperties":{"type":"string"}}"#, #"{"a":1}"#, "a: must be a string, not a number"),
        (#"{"properties":{"u":{"enum":["c","f"]}}}"#, #"{"u":"k"}"#, #"u: must be one of "c", "f""#),
        (#"{"properties":{"u":{"const":1}}}"#, #"{"u":2}"#, "u: must be 1"),
        (#"{"properties":{"l":{"items":{"minimum":0}}}}"#, #"{"l":[1,-1]}"#, "l[1]: must be at least 0"),
        (
            #"{"properties":{"l":{"prefixItems":[{"type":"null"}],"items":{"type":"string"}}}}"#, #"{"l":[null,2]}"#,
            "l[1]: must be a string"
        ),
        (#"{"properties":{"l":{"maxItems":1}}}"#, #"{"l":[1,2]}"#, "l: must have at most 1 elements, has 2"),
        (#"{"properties":{"l":{"uniqueItems":true}}}"#, #"{"l":[1,1]}"#, "l: must not have an element twice"),
        (#"{"properties":{"s":{"minLength":3}}}"#, #"{"s":"北京"}"#, "s: must have at least 3 characters, has 2"),
        (#"{"properties":{"n":{"exclusiveMaximum":10}}}"#, #"{"n":10}"#, "n: must be less than 10"),
        (#"{"properties":{"n":{"multipleOf":0.1}}}"#, #"{"n":0.35}"#, "n: must be a multiple of 0.1"),
        (#"{"properties":{"x":{"anyOf":[{"type":"string"},{"type":"null"}]}}}"#, #"{"x":1}"#, "x: fits none of 2 alternatives"),
        (#"{"properties":{"x":{"oneOf":[{"type":"number"},{"minimum":0}]}}}"#, #"{"x":1}"#, "x: fits 2 of 2 alternatives"),
        (#"{"allOf":[{"required":["a"]},{"required":["b"]}]}"#, #"{"a":1}"#, "b: is required"),
        (#"{"properties":{"x":{"not":{"type":"null"}}}}"#, #"{"x":null}"#, "x: is what is excluded"),
        (
            ##"{"properties":{"c":{"$ref":"#/$defs/City"}},"$defs":{"City":{"required":["name"]}}}"##, #"{"c":{}}"#,
            "c.name: is required"
        ),
        (#"{"type":"object"}"#, "[]", "the arguments: must be an object, not an array"),
        (#"{"properties":{"x":false}}"#, #"{"x":1}"#, "x: nothing is allowed here"),
    ])
    func `What is wrong is said with its place`(schema: String, value: String, problem: String) throws {
        let found = try Self.problems(schema, value)
        #expect(found.count == 1 && found.first?.hasPrefix(problem) == true, "\(found)")
    }

    @Test(arguments: [
        (#"{"properties":{"n":{"type":"integer"}}}"#, #"{"n":1.0}"#),
        (#"{"properties":{"n":{"multipleOf":0.1}}}"#, #"{"n":0.3}"#),
        (#"{"properties":{"u":{"enum":[1]}}}"#, #"{"u":1.0}"#),
        (#"{"properties":{"s":{"pattern":"^a$"}}}"#, #"{"s":"b"}"#),
        (#"{"properties":{"a":{}},"patternProperties":{"^x":{}},"additionalProperties":false}"#, #"{"xy":1}"#),
        (#"{"$ref":"https://example.org/schema"}"#, #"{"a":1}"#),
        (##"{"$ref":"#"}"##, #"{"a":1}"#),
        (#"{"properties":{"o":{"anyOf":[{"type":"object","required":["a"]},{"type":"null"}]}}}"#, #"{"o":null}"#),
        ("true", "{}"),
    ])
    func `What is right, or not known to be wrong, is let through`(schema: String, value: String) throws {
        #expect(try Self.problems(schema, value) == [])
    }

    @Test func `Keywords that are passed over are named, wherever they stand, and names of properties are none`() throws {
        let schema = #"""
            {"type":"object","properties":{"pattern":{"type":"string","pattern":"^a"},"if":{"items":{"contains":{}}}},
             "$defs":{"d":{"$ref":"other.json"}},"x-order":1,"default":{"then":1}}
            """#
        #expect(SchemaCheck(try JSONValue(parsing: schema.utf8)).passedOver == ["$ref", "contains", "pattern"])
    }

    @Test func `a schema that refers to itself twice ends`() throws {
        let twice = ##"{"$defs":{"a":{"anyOf":[{"$ref":"#/$defs/a"},{"$ref":"#/$defs/a"}]}},"$ref":"#/$defs/a"}"##
        #expect(try Self.problems(twice, "{}") == [])
    }
}
