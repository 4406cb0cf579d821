import CFFmpeg

/// An `AVFilterGraph` and its only owner. The filters in it live as long.
struct FilterGraphOwner: ~Copyable {
    let pointer: UnsafeMutablePointer<AVFilterGraph>
    private let library: convene_avfilter

    init(_ library: convene_avfilter) throws(AVError) {
        guard let graph = library.graph_alloc() else { throw .noMemory("avfilter_graph_alloc") }
        pointer = graph
        self.library = library
    }

    deinit {
        var owned: UnsafeMutablePointer<AVFilterGraph>? = pointer
        library.graph_free(&owned)
    }

    /// Adds a filter.
    func create(_ filter: String, name: String, _ arguments: String?) throws(AVError)
        -> UnsafeMutablePointer<AVFilterContext>
    {
        guard let found = library.get_by_name(filter) else {
            throw AVError(operation: "no filter named \(filter)", code: convene_averror(ENOSYS))
        }
        var context: UnsafeMutablePointer<AVFilterContext>?
        try check(
            library.graph_create_filter(&context, found, name, arguments, nil, pointer),
            "avfilter_graph_create_filter(\(filter)=\(arguments ?? ""))")
        guard let context else { throw .noMemory("avfilter_graph_create_filter") }
        return context
    }

    /// Puts what `description` says between the sources, `in0`, `in1`…, and the sink, `out`.
    func link(
        _ description: String, sources: [UnsafeMutablePointer<AVFilterContext>],
        sink: UnsafeMutablePointer<AVFilterContext>
    ) throws(AVError) {
        // From the point of view of the description, sources are its outputs' other ends.
        var open: UnsafeMutablePointer<AVFilterInOut>?
        var closed: UnsafeMutablePointer<AVFilterInOut>?
        defer {
            library.inout_free(&open)
            library.inout_free(&closed)
        }
        for (index, source) in sources.enumerated().reversed() {
            let end = try end("in\(index)", source)
            end.pointee.next = open
            open = end
        }
        closed = try end("out", sink)
        try check(library.graph_parse_ptr(pointer, description, &closed, &open, nil), "parse \(description)")
        try check(library.graph_config(pointer, nil), "avfilter_graph_config(\(description))")
    }

    private func end(_ name: String, _ context: UnsafeMutablePointer<AVFilterContext>) throws(AVError)
        -> UnsafeMutablePointer<AVFilterInOut>
    {
        guard let end = library.inout_alloc() else { throw .noMemory("avfilter_inout_alloc") }
        end.pointee.name = av_strdup(name)
        end.pointee.filter_ctx = context
        end.pointee.pad_idx = 0
        end.pointee.next = nil
        return end
    }
}
