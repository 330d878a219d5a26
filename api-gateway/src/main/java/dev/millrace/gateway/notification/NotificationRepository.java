package dev.millrace.gateway.notification;

import io.micronaut.data.annotation.Query;
import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.GenericRepository;
import java.time.Instant;
import java.util.Collection;
import java.util.List;

/** Table {@code notification}. */
@JdbcRepository(dialect = Dialect.POSTGRES)
interface NotificationRepository extends GenericRepository<NotificationRow, String> {
    void save(NotificationRow notification);

    /** Of webhooks that this replica knows: while a configuration is rolled out, others may know more. */
    @Query("""
            SELECT * FROM notification WHERE webhook IN (:webhooks) AND due <= :now
            ORDER BY due LIMIT :most FOR UPDATE SKIP LOCKED""")
    List<NotificationRow> lockDue(Collection<String> webhooks, Instant now, int most);

    @Query("UPDATE notification SET tries = tries + 1, due = :due WHERE id = :id")
    void trying(String id, Instant due);

    @Query("UPDATE notification SET due = :due WHERE id = :id")
    void postponed(String id, Instant due);

    @Query("DELETE FROM notification WHERE id = :id")
    void done(String id);

    /** How many were given up. */
    @Query("DELETE FROM notification WHERE created_at < :limit")
    int giveUp(Instant limit);
}
