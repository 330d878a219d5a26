package dev.millrace.transformer.engine;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.millrace.transformer.value.ColumnBuffer;
import io.micronaut.core.annotation.Nullable;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.arrow.c.ArrowArrayStream;
import org.duckdb.DuckDBConnection;

/**
 * Rows that a query of the engine reads as they come, where they are in memory: a stream of Arrow's C interface
 * (https://arrow.apache.org/docs/format/CStreamInterface.html), which is a view in the engine. The query gets the
 * batches in their order. One query at a time may read, of those that {@link #supply} was called for.
 */
public final class RowStream implements AutoCloseable {
    /** Of the rows' numbers; no column of users can have this name. */
    public static final String NUMBER = "#";

    private static final int FAILED = 5; // EIO

    private static final ConcurrentMap<Long, RowStream> OPEN = new ConcurrentHashMap<>();
    private static final AtomicLong IDS = new AtomicLong();

    private static final MemorySegment GET_SCHEMA =
            function("getSchema", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));
    private static final MemorySegment GET_NEXT =
            function("getNext", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));
    private static final MemorySegment GET_LAST_ERROR =
            function("getLastError", FunctionDescriptor.of(ADDRESS, ADDRESS));
    private static final MemorySegment RELEASE = function("release", FunctionDescriptor.ofVoid(ADDRESS));

    private final DuckDBConnection connection;
    private final String view;
    private final List<String> names;
    private final Arena memory = Arena.ofShared();
    private final long id = IDS.incrementAndGet();
    private final MemorySegment schema;
    private final MemorySegment stream;
    private volatile MemorySegment error = MemorySegment.NULL;
    private @Nullable Supply supply;
    private long number;

    /** Called on the engine's threads, by one at a time; whatever it throws ends the query. */
    public interface Supply {
        /** The rows that follow, which are the engine's then; null: there are no more. May wait. */
        @Nullable
        RowBatch next() throws InterruptedException;
    }

    /**
     * @param view name of its own in the connection
     * @param names of the columns
     * @param columns like those whose rows will come
     */
    public RowStream(DuckDBConnection connection, String view, List<String> names, List<ColumnBuffer> columns) {
        this.connection = connection;
        this.view = view;
        this.names = List.copyOf(names);
        this.schema = memory.allocate(ArrowLayout.SCHEMA);
        this.stream = memory.allocate(ArrowLayout.STREAM);
        MemorySegment numbers = memory.allocate(ArrowLayout.SCHEMA);
        ArrowLayout.schema(memory, numbers, "l", NUMBER, List.of());
        List<MemorySegment> ofColumns = IntStream.range(0, columns.size())
                .mapToObj(i -> schema(names.get(i), columns.get(i)))
                .toList();
        ArrowLayout.schema(
                memory,
                schema,
                "+s",
                "",
                Stream.concat(Stream.of(numbers), ofColumns.stream()).toList());
        RowStream _ = OPEN.put(id, this);
    }

    private static MemorySegment function(String name, FunctionDescriptor descriptor) {
        return ArrowLayout.function(MethodHandles.lookup(), RowStream.class, name, descriptor, Arena.global());
    }

    private MemorySegment schema(String name, ColumnBuffer column) {
        MemorySegment of = memory.allocate(ArrowLayout.SCHEMA);
        List<MemorySegment> parts = switch (column) {
            case ColumnBuffer.Structs structs ->
                IntStream.range(0, structs.fields().size())
                        .mapToObj(i ->
                                schema(structs.names().get(i), structs.fields().get(i)))
                        .toList();
            case ColumnBuffer.Lists lists -> List.of(schema("element", lists.elements()));
            case ColumnBuffer.Longs _,
                    ColumnBuffer.Days _,
                    ColumnBuffer.Truths _,
                    ColumnBuffer.Decimals _,
                    ColumnBuffer.Texts _ -> List.of();
        };
        ArrowLayout.schema(memory, of, format(column), name, parts);
        return of;
    }

    private static String format(ColumnBuffer column) {
        return switch (column) {
            case ColumnBuffer.Longs longs ->
                switch (longs.form()) {
                    case WHOLE -> "l";
                    case FLOATING -> "g";
                    case MOMENT -> "tsu:UTC";
                };
            case ColumnBuffer.Days _ -> "tdD";
            case ColumnBuffer.Truths _ -> "b";
            case ColumnBuffer.Decimals _ -> "d:38," + ColumnBuffer.Decimals.SCALE;
            case ColumnBuffer.Texts texts -> texts.isBinary() ? "z" : "u";
            case ColumnBuffer.Structs _ -> "+s";
            case ColumnBuffer.Lists _ -> "+l";
        };
    }

    /**
     * What the next query reads, which has to be planned after this: the engine takes the stream away from here.
     *
     * @param firstNumber of the first row; each has the one after that before it
     */
    synchronized void supply(Supply ofQuery, long firstNumber) {
        supply = ofQuery;
        number = firstNumber;
        stream.set(ADDRESS, ArrowLayout.STREAM_GET_SCHEMA, GET_SCHEMA);
        stream.set(ADDRESS, ArrowLayout.STREAM_GET_NEXT, GET_NEXT);
        stream.set(ADDRESS, ArrowLayout.STREAM_GET_LAST_ERROR, GET_LAST_ERROR);
        stream.set(ADDRESS, ArrowLayout.STREAM_RELEASE, RELEASE);
        stream.set(JAVA_LONG, ArrowLayout.STREAM_PRIVATE, id);
        connection.registerArrowStream(view, (ArrowArrayStream) stream::address);
    }

    /**
     * A query of the rows.
     *
     * @param numberName what to call the rows' numbers, quoted where SQL wants it
     */
    public String select(String numberName) {
        StringBuilder select = new StringBuilder("SELECT ");
        names.forEach(name -> select.append(Engine.quoted(name)).append(", "));
        return select + Engine.quoted(NUMBER) + " AS " + numberName + " FROM " + view;
    }

    private synchronized void next(MemorySegment out) throws InterruptedException {
        RowBatch batch = supply == null ? null : supply.next();
        if (batch == null) {
            supply = null;
            ArrowLayout.noArray(out);
        } else {
            batch.handOver(number, out);
            number += batch.rows();
        }
    }

    private static @Nullable RowStream of(MemorySegment address) {
        return OPEN.get(ArrowLayout.of(address, ArrowLayout.STREAM).get(JAVA_LONG, ArrowLayout.STREAM_PRIVATE));
    }

    @SuppressWarnings("UnusedMethod") // the engine calls it
    private static int getSchema(MemorySegment address, MemorySegment out) {
        RowStream rows = of(address);
        if (rows == null) {
            return FAILED;
        }
        MemorySegment.copy(rows.schema, 0, ArrowLayout.of(out, ArrowLayout.SCHEMA), 0, ArrowLayout.SCHEMA.byteSize());
        return 0;
    }

    @SuppressWarnings("UnusedMethod") // the engine calls it
    private static int getNext(MemorySegment address, MemorySegment out) {
        RowStream rows = of(address);
        if (rows == null) {
            return FAILED;
        }
        try {
            rows.next(ArrowLayout.of(out, ArrowLayout.ARRAY));
            return 0;
        } catch (InterruptedException
                | RuntimeException
                | Error e) { // none may reach the engine, which would die of it
            rows.error = rows.memory.allocateFrom(String.valueOf(e));
            return FAILED;
        }
    }

    @SuppressWarnings("UnusedMethod") // the engine calls it
    private static MemorySegment getLastError(MemorySegment address) {
        RowStream rows = of(address);
        return rows == null ? MemorySegment.NULL : rows.error;
    }

    @SuppressWarnings("UnusedMethod") // the engine calls it
    private static void release(MemorySegment address) {
        ArrowLayout.of(address, ArrowLayout.STREAM).set(ADDRESS, ArrowLayout.STREAM_RELEASE, MemorySegment.NULL);
    }

    /** To be called once the connection is closed. */
    @Override
    public void close() {
        RowStream _ = OPEN.remove(id);
        memory.close();
    }
}
