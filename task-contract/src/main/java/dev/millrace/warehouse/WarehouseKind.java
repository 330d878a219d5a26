package dev.millrace.warehouse;

import io.micronaut.core.beans.BeanIntrospection;
import io.micronaut.core.beans.BeanIntrospector;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A kind of warehouse, for whoever has no loader to ask. Each kind is a package of the loader with one of these, which is
 * {@link io.micronaut.core.annotation.Introspected} and has no state, and is found on the class path.
 */
public interface WarehouseKind {
    /** What {@code millrace.warehouse.type} calls it. */
    String type();

    /** Those of every warehouse of this kind; one that runs may know more of itself, such as its project. */
    Capabilities capabilities();

    /** All kinds that are on the class path, by their types. */
    static SortedMap<String, WarehouseKind> onClassPath() {
        SortedMap<String, WarehouseKind> kinds = new TreeMap<>();
        for (BeanIntrospection<Object> introspection : BeanIntrospector.SHARED.findIntrospections(
                reference -> reference.isPresent() && WarehouseKind.class.isAssignableFrom(reference.getBeanType()))) {
            WarehouseKind kind = (WarehouseKind) introspection.instantiate();
            kinds.put(kind.type(), kind);
        }
        return Collections.unmodifiableSortedMap(kinds);
    }
}
