package dev.millrace.transformer.engine;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.List;

/**
 * The structures of Arrow's C interface (https://arrow.apache.org/docs/format/CDataInterface.html), and the functions
 * that an engine calls to give them back. These are called on the engine's threads and never throw.
 */
final class ArrowLayout {
    static final StructLayout SCHEMA = MemoryLayout.structLayout(
            ADDRESS.withName("format"),
            ADDRESS.withName("name"),
            ADDRESS.withName("metadata"),
            JAVA_LONG.withName("flags"),
            JAVA_LONG.withName("n_children"),
            ADDRESS.withName("children"),
            ADDRESS.withName("dictionary"),
            ADDRESS.withName("release"),
            ADDRESS.withName("private_data"));

    public static final StructLayout ARRAY = MemoryLayout.structLayout(
            JAVA_LONG.withName("length"),
            JAVA_LONG.withName("null_count"),
            JAVA_LONG.withName("offset"),
            JAVA_LONG.withName("n_buffers"),
            JAVA_LONG.withName("n_children"),
            ADDRESS.withName("buffers"),
            ADDRESS.withName("children"),
            ADDRESS.withName("dictionary"),
            ADDRESS.withName("release"),
            JAVA_LONG.withName("private_data"));

    static final StructLayout STREAM = MemoryLayout.structLayout(
            ADDRESS.withName("get_schema"),
            ADDRESS.withName("get_next"),
            ADDRESS.withName("get_last_error"),
            ADDRESS.withName("release"),
            JAVA_LONG.withName("private_data"));

    private static final long SCHEMA_RELEASE = at(SCHEMA, "release");
    private static final long ARRAY_RELEASE = at(ARRAY, "release");
    private static final long ARRAY_PRIVATE = at(ARRAY, "private_data");
    static final long STREAM_GET_SCHEMA = at(STREAM, "get_schema");
    static final long STREAM_GET_NEXT = at(STREAM, "get_next");
    static final long STREAM_GET_LAST_ERROR = at(STREAM, "get_last_error");
    static final long STREAM_RELEASE = at(STREAM, "release");
    static final long STREAM_PRIVATE = at(STREAM, "private_data");

    private static final long NULLABLE = 2;

    private static final MemorySegment RELEASE_SCHEMA = function("releaseSchema");
    private static final MemorySegment RELEASE_PART = function("releasePart");
    private static final MemorySegment RELEASE_ARRAY = function("releaseArray");

    private ArrowLayout() {}

    private static MemorySegment function(String name) {
        return function(
                MethodHandles.lookup(), ArrowLayout.class, name, FunctionDescriptor.ofVoid(ADDRESS), Arena.global());
    }

    /** The address by which an engine can call a static method. */
    @SuppressWarnings("restricted")
    public static MemorySegment function(
            MethodHandles.Lookup lookup, Class<?> of, String name, FunctionDescriptor descriptor, Arena arena) {
        MethodType type = descriptor.toMethodType();
        try {
            MethodHandle handle = lookup.findStatic(of, name, type);
            return Linker.nativeLinker().upcallStub(handle, descriptor, arena);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("no method " + name, e);
        }
    }

    private static long at(StructLayout layout, String field) {
        return layout.byteOffset(PathElement.groupElement(field));
    }

    /** What stands at an address that the engine has given. */
    @SuppressWarnings("restricted")
    public static MemorySegment of(MemorySegment address, StructLayout layout) {
        return address.reinterpret(layout.byteSize());
    }

    /** Fills a structure whose memory is somebody else's, who doesn't give it back by it. */
    public static void schema(
            SegmentAllocator memory, MemorySegment schema, String format, String name, List<MemorySegment> children) {
        MemorySegment pointers = memory.allocate(ADDRESS, Math.max(1, children.size()));
        for (int i = 0; i < children.size(); i++) {
            pointers.setAtIndex(ADDRESS, i, children.get(i));
        }
        schema.set(ADDRESS, at(SCHEMA, "format"), memory.allocateFrom(format));
        schema.set(ADDRESS, at(SCHEMA, "name"), memory.allocateFrom(name));
        schema.set(ADDRESS, at(SCHEMA, "metadata"), MemorySegment.NULL);
        schema.set(JAVA_LONG, at(SCHEMA, "flags"), NULLABLE);
        schema.set(JAVA_LONG, at(SCHEMA, "n_children"), children.size());
        schema.set(ADDRESS, at(SCHEMA, "children"), pointers);
        schema.set(ADDRESS, at(SCHEMA, "dictionary"), MemorySegment.NULL);
        schema.set(ADDRESS, SCHEMA_RELEASE, RELEASE_SCHEMA);
        schema.set(ADDRESS, at(SCHEMA, "private_data"), MemorySegment.NULL);
    }

    /** Likewise. */
    public static void array(
            MemorySegment array,
            long length,
            long nulls,
            MemorySegment buffers,
            long bufferCount,
            MemorySegment children,
            long childCount) {
        array.set(JAVA_LONG, at(ARRAY, "length"), length);
        array.set(JAVA_LONG, at(ARRAY, "null_count"), nulls);
        array.set(JAVA_LONG, at(ARRAY, "offset"), 0);
        array.set(JAVA_LONG, at(ARRAY, "n_buffers"), bufferCount);
        array.set(JAVA_LONG, at(ARRAY, "n_children"), childCount);
        array.set(ADDRESS, at(ARRAY, "buffers"), buffers);
        array.set(ADDRESS, at(ARRAY, "children"), children);
        array.set(ADDRESS, at(ARRAY, "dictionary"), MemorySegment.NULL);
        array.set(ADDRESS, ARRAY_RELEASE, RELEASE_PART);
        array.set(JAVA_LONG, ARRAY_PRIVATE, 0);
    }

    /** Makes it the array by which a batch is given back. */
    static void ownArray(MemorySegment array, long batch) {
        array.set(ADDRESS, ARRAY_RELEASE, RELEASE_ARRAY);
        array.set(JAVA_LONG, ARRAY_PRIVATE, batch);
    }

    /** That there is no array any more. */
    static void noArray(MemorySegment array) {
        array.set(ADDRESS, ARRAY_RELEASE, MemorySegment.NULL);
    }

    @SuppressWarnings("UnusedMethod") // the engine calls it
    private static void releaseSchema(MemorySegment schema) {
        of(schema, SCHEMA).set(ADDRESS, SCHEMA_RELEASE, MemorySegment.NULL);
    }

    @SuppressWarnings("UnusedMethod") // the engine calls it
    private static void releasePart(MemorySegment array) {
        of(array, ARRAY).set(ADDRESS, ARRAY_RELEASE, MemorySegment.NULL);
    }

    @SuppressWarnings("UnusedMethod") // the engine calls it
    private static void releaseArray(MemorySegment address) {
        MemorySegment array = of(address, ARRAY);
        array.set(ADDRESS, ARRAY_RELEASE, MemorySegment.NULL);
        RowBatch.giveBack(array.get(JAVA_LONG, ARRAY_PRIVATE));
    }
}
