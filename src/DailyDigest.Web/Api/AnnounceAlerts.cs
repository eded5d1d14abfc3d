using DailyDigest.Hooks;
using DailyDigest.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace DailyDigest.Web;

/// <summary>
/// Tells web hooks which alerts of /readyz were raised and which have ended. Table Hooks, partition <c>alert</c>, row = the alert's name:
/// whether it is raised. The row is written before the event, and says until then that the event is not told.
/// </summary>
public sealed class AnnounceAlerts
{
    private const string Partition = "alert";
    private static readonly string[] Types = [HookTypes.AlertRaised, HookTypes.AlertEnded];

    // Some alerts concern one machine. Another machine, which does not see it, ends such an alert only when nobody has seen it for so long.
    private static readonly TimeSpan MaxUnseen = TimeSpan.FromMinutes(10);

    private readonly IReadOnlyList<Alert> alerts;
    private readonly PublishEvents publish;
    private readonly ITableStore tables;
    private readonly TimeProvider time;
    private readonly string machine = Guid.NewGuid().ToString("n");

    internal AnnounceAlerts(IEnumerable<Alert> alerts, PublishEvents publish, ITableStore tables, TimeProvider time) =>
        (this.alerts, this.publish, this.tables, this.time) = ([.. alerts], publish, tables, time);

    /// <summary>Creates it from the services.</summary>
    internal static AnnounceAlerts Create(IServiceProvider services) => new(
        services.GetServices<Alert>(), services.GetRequiredService<PublishEvents>(), services.GetRequiredService<ITableStore>(),
        services.GetRequiredService<TimeProvider>());

    /// <summary>Looks at each alert once. Without a hook that takes such events it does nothing.</summary>
    public async Task ExecuteAsync(CancellationToken cancellationToken)
    {
        if (!await publish.IsWantedAsync(Types, cancellationToken))
        {
            return;
        }

        foreach (var alert in alerts)
        {
            var raised = await alert.CheckAsync(cancellationToken) is not null;
            await TellAsync(alert.Name, raised, cancellationToken);
        }
    }

    private async Task TellAsync(string name, bool raised, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var row = await tables.GetAsync(Tables.Hooks, Partition, name, cancellationToken);
        var known = new State(
            row?.Flag("raised") ?? false, row?.Instant("since") ?? now, row?.Text("machine") ?? "", row?.Instant("seen") ?? now,
            row?.Flag("told") ?? true);
        if (!known.Told)
        {
            // A program was killed after it wrote the row.
            await PublishAsync(name, known, row!.ETag!, cancellationToken);
            return;
        }

        if (raised != known.Raised
            && (raised || known.Machine == machine || now - known.Seen > MaxUnseen))
        {
            var next = new State(raised, now, machine, now, Told: false);
            var written = await tables.WriteAsync(
                Tables.Hooks, Partition,
                row is null ? TableWrite.Insert(next.ToRow(name)) : TableWrite.Update(next.ToRow(name), row.ETag!), cancellationToken);
            if (written.IsDone)
            {
                await PublishAsync(name, next, written.ETags[0], cancellationToken);
            }
        }
        else if (raised)
        {
            await tables.WriteAsync(
                Tables.Hooks, Partition,
                TableWrite.Update((known with { Machine = machine, Seen = now }).ToRow(name), row!.ETag!), cancellationToken);
        }
    }

    private async Task PublishAsync(string name, State state, string etag, CancellationToken cancellationToken)
    {
        var one = new HookEvent(
            state.Raised ? HookTypes.AlertRaised : HookTypes.AlertEnded, state.Since, name,
            new Dictionary<string, object?> { ["alert"] = name });
        await publish.ExecuteAsync([one], cancellationToken);
        await tables.WriteAsync(
            Tables.Hooks, Partition, TableWrite.Update((state with { Told = true }).ToRow(name), etag), cancellationToken);
    }

    private sealed record State(bool Raised, DateTimeOffset Since, string Machine, DateTimeOffset Seen, bool Told)
    {
        public TableRow ToRow(string name) => new(name)
        {
            { "raised", Raised }, { "since", Since }, { "machine", Machine }, { "seen", Seen }, { "told", Told },
        };
    }
}
