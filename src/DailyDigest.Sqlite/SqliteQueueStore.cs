using DailyDigest.Storage;

namespace DailyDigest.Sqlite;

/// <summary>The queues, in the same file as the tables. Leases and delays are measured by <see cref="TimeProvider"/>.</summary>
public sealed class SqliteQueueStore(SqliteDatabase database, TimeProvider time) : IQueueStore
{
    private const string Visible = " FROM messages WHERE queue = $1 AND visible_at <= $2 ORDER BY visible_at LIMIT $3";
    private const string Any = "SELECT 1" + Visible;
    private const string Insert =
        "INSERT INTO messages (id, queue, visible_at, receipt, receptions, body) VALUES ($1, $2, $3, '', 0, $4)";
    private const string Lease =
        "UPDATE messages SET visible_at = $4, receipt = $5, receptions = receptions + 1 WHERE id IN (SELECT id" + Visible
        + ") RETURNING id, receipt, body, receptions";
    private const string Complete = "DELETE FROM messages WHERE id = $1 AND receipt = $2";
    private const string Abandon = "UPDATE messages SET visible_at = $3, receipt = '' WHERE id = $1 AND receipt = $2";

    /// <inheritdoc/>
    public Task PrepareAsync(CancellationToken cancellationToken) => Task.Run(database.Open, cancellationToken);

    /// <inheritdoc/>
    public Task EnqueueAsync(string queue, string body, TimeSpan delay, CancellationToken cancellationToken)
    {
        TableRules.CheckQueue(queue);
        TableRules.CheckMessage(body, delay);
        return database.WriteAsync(
            session => (session.Execute(Insert, NewId(), queue, At(delay), body), true), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<QueueMessage>> ReceiveAsync(string queue, int max, TimeSpan lease, CancellationToken cancellationToken)
    {
        TableRules.CheckQueue(queue);
        TableRules.CheckReceive(max, lease);
        cancellationToken.ThrowIfCancellationRequested();

        // Most polls find nothing, and a poll must not cost a write.
        if (database.Read(session => session.Scalar(Any, queue, At(TimeSpan.Zero), 1)) is null)
        {
            return [];
        }

        return await database.WriteAsync<IReadOnlyList<QueueMessage>>(
            session =>
            {
                var messages = new List<QueueMessage>();
                using var reader = session.Command(Lease, queue, At(TimeSpan.Zero), max, At(lease), NewId()).ExecuteReader();
                while (reader.Read())
                {
                    messages.Add(new QueueMessage(
                        queue, reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetInt32(3)));
                }

                return (messages, true);
            }, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<bool> CompleteAsync(QueueMessage message, CancellationToken cancellationToken) =>
        database.WriteAsync(session => (session.Execute(Complete, message.Id, message.Receipt) > 0, true), cancellationToken);

    /// <inheritdoc/>
    public Task<bool> AbandonAsync(QueueMessage message, TimeSpan delay, CancellationToken cancellationToken)
    {
        TableRules.CheckMessage(message.Body, delay);
        return database.WriteAsync(
            session => (session.Execute(Abandon, message.Id, message.Receipt, At(delay)) > 0, true), cancellationToken);
    }

    private string At(TimeSpan delay) => SqliteProperties.Format(time.GetUtcNow() + delay);

    private static string NewId() => Guid.CreateVersion7().ToString("N");
}
