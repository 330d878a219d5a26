package dev.millrace.gateway.notification;

import dev.millrace.gateway.store.RunRepository;
import io.micronaut.transaction.annotation.Transactional;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;

/** Notifications on their way: whoever crashes after it has taken one leaves a due time behind. */
@Singleton
class NotificationOutbox {
    private static final Duration SHORTEST = Duration.ofSeconds(5);
    private static final Duration LONGEST = Duration.ofHours(1);
    /** More doublings than that are beyond the longest pause. */
    private static final int MOST_DOUBLINGS = 10;

    private final NotificationRepository notifications;
    private final RunRepository runs;
    private final NotificationConfig config;

    NotificationOutbox(NotificationRepository notifications, RunRepository runs, NotificationConfig config) {
        this.notifications = notifications;
        this.runs = runs;
        this.config = config;
    }

    /** @param lease after which somebody else tries, unless it is done */
    @Transactional
    List<NotificationRow> take(Collection<String> webhooks, int most, Duration lease) {
        Instant now = runs.now();
        List<NotificationRow> due = notifications.lockDue(webhooks, now, most);
        due.forEach(notification -> notifications.trying(notification.id(), now.plus(lease)));
        return due;
    }

    @Transactional
    void done(NotificationRow notification) {
        notifications.done(notification.id());
    }

    /** It goes out again, the later the more often it has. */
    @Transactional
    void refused(NotificationRow notification) {
        Duration pause = SHORTEST.multipliedBy(1L << Math.min(notification.tries(), MOST_DOUBLINGS));
        notifications.postponed(notification.id(), runs.now().plus(pause.compareTo(LONGEST) < 0 ? pause : LONGEST));
    }

    /** Those that nobody has taken for too long, or whose webhook is no longer configured; how many they were. */
    @Transactional
    int giveUp() {
        return notifications.giveUp(runs.now().minus(config.retryFor()));
    }
}
