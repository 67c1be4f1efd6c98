import ArgumentParser

/// A change of many letters is asked for in words, never by leaving words out.
enum DeadSelection {
    static func validate(ids: [String], all: Bool, _ options: DeadOptions) throws {
        if !ids.isEmpty {
            guard !all, !options.selects, options.limit == nil else {
                throw ValidationError("name ids, or choose by --all or filters, not both")
            }
        } else if !all, !options.selects {
            throw ValidationError("say which: ids, a filter such as --service NAME, or --all")
        }
    }
}
