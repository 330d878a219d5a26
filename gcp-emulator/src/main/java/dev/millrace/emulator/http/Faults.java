package dev.millrace.emulator.http;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Faults on order, each for the calls that it names. Safe for use by several threads. */
public final class Faults {
    private final List<Order> orders = new ArrayList<>();

    private static final class Order {
        private final String method;
        private final Pattern path;
        private final Fault fault;
        private int skip;
        private int times;

        Order(String method, Pattern path, int skip, int times, Fault fault) {
            this.method = method;
            this.path = path;
            this.skip = skip;
            this.times = times;
            this.fault = fault;
        }
    }

    /** Orders a fault for the next call that fits; see {@link #inject(String, String, int, int, Fault)}. */
    public void inject(String method, String path, Fault fault) {
        inject(method, path, 0, 1, fault);
    }

    /**
     * Orders a fault. Of several that fit a call, the one ordered first is taken.
     *
     * @param method such as {@code POST}; {@code GRPC} for calls of gRPC
     * @param path a regular expression, found anywhere in the path with its query as they were sent
     * @param skip calls that fit and are left alone first
     * @param times calls after them to which the fault happens
     */
    public synchronized void inject(String method, String path, int skip, int times, Fault fault) {
        orders.add(new Order(method, Pattern.compile(path), skip, times, fault));
    }

    /** Takes back what has not happened yet. */
    public synchronized void clear() {
        orders.clear();
    }

    /** The fault that is due for a call, if any; it counts as having happened. */
    public synchronized Optional<Fault> next(String method, String path) {
        for (Iterator<Order> all = orders.iterator(); all.hasNext(); ) {
            Order order = all.next();
            if (order.method.equals(method) && order.path.matcher(path).find()) {
                if (order.skip > 0) {
                    order.skip--;
                } else {
                    order.times--;
                    if (order.times == 0) {
                        all.remove();
                    }
                    return Optional.of(order.fault);
                }
            }
        }
        return Optional.empty();
    }
}
