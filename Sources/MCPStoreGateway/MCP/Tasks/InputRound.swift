import MCPStoreProtocol
import NIOCore

/// What a server asks for with one `input_required` result.
struct InputRound {
    let questions: [TaskQuestion]
    private let state: ByteBuffer?

    /// - Returns: `nil` for a result that asks for nothing.
    init?(_ result: ByteBuffer, round: Int) {
        do {
            guard try ResultMembers.Head(result).type == .inputRequired else { return nil }
            let members = try RawObject(result)
            state = members["requestState"]
            guard let requests = members["inputRequests"] else {
                questions = []
                return
            }
            questions = try RawObject(requests).members.map { member in
                let shown = round == 0 ? member.name : "\(member.name)#\(round + 1)"
                return TaskQuestion(key: member.name, shownKey: shown, request: member.value)
            }
        } catch {
            return nil
        }
    }

    /// The parameters of the call with the answers, and with the state that the server wants back.
    func answered(_ params: ByteBuffer, _ answers: [ByteBuffer?]) -> RawObject? {
        do {
            var object = try RawObject(params)
            var responses = RawObject()
            for (question, answer) in zip(questions, answers) { responses[question.key] = answer }
            object["inputResponses"] = responses.encoded
            object["requestState"] = state
            return object
        } catch {
            return nil
        }
    }
}
