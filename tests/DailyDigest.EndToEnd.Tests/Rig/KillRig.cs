using System.Globalization;
using DailyDigest.AzureStorage;
using DailyDigest.Calendar;
using DailyDigest.Runs;
using DailyDigest.Sqlite;
using DailyDigest.Storage;
using DailyDigest.Testing.Services;
using Microsoft.Data.Sqlite;

namespace DailyDigest.EndToEnd.Tests.Rig;

/// <summary>One start of a sender, up to its end.</summary>
/// <param name="Number">It stands in the envelope sender of every message of this life.</param>
/// <param name="InDoubt">The addresses that the ledger listed as "attempting" when it had ended; null if others were at work then.</param>
internal sealed record Life(int Number, IReadOnlySet<string>? InDoubt);

/// <summary>What a run through all its deaths came to.</summary>
/// <param name="Kills">Lives that ended by SIGKILL.</param>
/// <param name="Readers">Readers of the run.</param>
/// <param name="Copies">Messages in the mail server's record.</param>
/// <param name="Listed">How many times a reader was listed as in doubt after a death.</param>
/// <param name="Doubts">How many times the ledger says that a reader's message was in doubt.</param>
/// <param name="MostListed">The most that were listed at once.</param>
/// <param name="Seconds">What it took.</param>
/// <param name="Faults">What is not as promised, in words.</param>
internal sealed record KillReport(int Kills, int Readers, int Copies, int Listed, int Doubts, int MostListed, int Seconds, IReadOnlyList<string> Faults)
{
    public int Doubles => Copies - Readers;

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Kills} kills, {Readers} readers, {Copies} messages, {Doubles} doubles, {Listed} times listed in doubt, {MostListed} at most at once, {Doubts} doubts in the ledger, {Seconds} s");
}

/// <summary>
/// A run that dies again and again: senders in processes of their own, one store, a mail server that records everything. Each life sends from
/// an address of its own, so that the record says which life a copy is of, and after each death the ledger is read as that death left it.
/// </summary>
internal sealed class KillRig : IAsyncDisposable
{
    /// <summary>The database and its write-ahead log.</summary>
    private static readonly string[] Files = ["", "-wal"];

    public const int Connections = 4;
    private const int ByKill = 137;

    // The senders' clocks run from here, whatever the day of the test; the Server has no such setting.
    private static readonly DateTimeOffset Morning = new(2026, 3, 2, 7, 0, 30, TimeSpan.Zero);

    private readonly House house;
    private readonly Azurite? azurite;
    private readonly int readers;
    private readonly Dictionary<string, string> addresses;
    private readonly List<Life> lives = [];
    private readonly long began = TimeProvider.System.GetTimestamp();
    private readonly DateTimeOffset start;
    private TimeSpan shift;
    private int kills;
    private int number;

    private KillRig(SmtpRecorder smtp, House house, Azurite? azurite, int readers, DateTimeOffset start)
    {
        (Smtp, this.house, this.azurite, this.readers, this.start) = (smtp, house, azurite, readers, start);
        shift = start - TimeProvider.System.GetUtcNow();
        addresses = Enumerable.Range(0, readers).ToDictionary(House.ReaderId, House.ReaderAddress);
    }

    /// <summary>True if what takes minutes is wanted too.</summary>
    public static bool Long => Environment.GetEnvironmentVariable("DAILYDIGEST_LONG") == "1";

    public SmtpRecorder Smtp { get; }

    /// <summary>Settings of every life to come.</summary>
    public Dictionary<string, string> Settings => house.Settings;

    /// <summary>How many were killed so far.</summary>
    public int Kills => kills;

    private string SeedPath => Path.Combine(house.Folder, "seed.db");

    /// <summary>Starts a mail server that takes <paramref name="delay"/> over each message, and makes a run that is due.</summary>
    public static async Task<KillRig> StartAsync(
        int readers, TimeSpan delay, CancellationToken cancellationToken, Azurite? azurite = null, bool realClock = false)
    {
        var start = realClock ? TimeProvider.System.GetUtcNow() : Morning;
        var smtp = await SmtpRecorder.StartAsync(
            new SmtpOptions { Faults = [new SmtpFault(SmtpStage.Data) { Delay = delay }] }, cancellationToken);
        var rig = new KillRig(smtp, new House(smtp.Port), azurite, readers, start);
        rig.Settings["Delivery__Connections"] = $"{Connections}";
        rig.Settings["Publication__TimeZone"] = "Etc/UTC";
        rig.Settings["Publication__Hour"] = start.Hour.ToString(CultureInfo.InvariantCulture);
        if (azurite is not null)
        {
            rig.Settings["Storage__Azure__ConnectionString"] = azurite.ConnectionString;
            rig.Settings["Storage__Azure__TablePrefix"] = Azurite.NewPrefix();
        }

        await rig.WithTablesAsync(rig.house.DatabasePath, async tables =>
        {
            await tables.PrepareAsync(cancellationToken);
            return await House.SeedAsync(tables, readers, start, cancellationToken);
        });
        if (azurite is null)
        {
            File.Copy(rig.house.DatabasePath, rig.SeedPath);
        }

        return rig;
    }

    /// <summary>The run is as it was before its first life.</summary>
    public void Reset()
    {
        foreach (var file in Directory.GetFiles(house.Folder, Path.GetFileName(house.DatabasePath) + "*"))
        {
            File.Delete(file);
        }

        File.Copy(SeedPath, house.DatabasePath);
        Smtp.Clear();
        lives.Clear();
        (kills, shift) = (0, start - TimeProvider.System.GetUtcNow());
    }

    /// <summary>The clock of every life to come, and of the store, goes forward.</summary>
    public void Advance(TimeSpan by) => shift += by;

    /// <summary>Starts a sender whose clock is <paramref name="off"/> from the others'.</summary>
    public ServerProcess Start(string[] orders, TimeSpan off = default)
    {
        Settings["Mail__From"] = $"life{Interlocked.Increment(ref number)}@example.com";
        return ServerProcess.StartSender(house.Folder, Settings, ["--shift", Seconds(shift + off), "--store-shift", Seconds(shift), .. orders]);
    }

    /// <summary>Starts the real program.</summary>
    public ServerProcess StartServer(params string[] arguments)
    {
        Settings["Mail__From"] = $"life{Interlocked.Increment(ref number)}@example.com";
        return ServerProcess.Start(house.Folder, Settings, arguments);
    }

    /// <summary>Starts a sender and waits for its end, which is by SIGKILL if the orders say so in time. Returns false if it ended otherwise.</summary>
    public async Task<bool> LiveAsync(CancellationToken cancellationToken, params string[] orders)
    {
        await using var sender = Start(orders);
        return await EndAsync(sender, cancellationToken);
    }

    /// <summary>Waits for the end of a sender that is alone, and reads what it left in doubt. Returns false if it was not killed.</summary>
    public async Task<bool> EndAsync(ServerProcess sender, CancellationToken cancellationToken)
    {
        var code = await sender.EndAsync(cancellationToken);
        lives.Add(new Life(number, (await LedgerAsync(cancellationToken)).Where(row => row.State == DeliveryState.Attempting).Select(Address).ToHashSet()));
        kills += code == ByKill ? 1 : 0;
        return code switch
        {
            ByKill => true,
            0 or 3 => false,
            _ => throw new InvalidOperationException($"The sender ended with {code}: {sender.Output}"),
        };
    }

    /// <summary>Kills a program beside which others are at work.</summary>
    public async Task KillAsync(ServerProcess program, CancellationToken cancellationToken)
    {
        await program.KillAsync(cancellationToken);
        kills++;
    }

    /// <summary>Lives on, without being killed any more and with the waits between attempts passed over, until the run is closed; then compares.</summary>
    public async Task<KillReport> ConcludeAsync(CancellationToken cancellationToken)
    {
        Run? run = null;
        for (var again = 0; again < 20 && run is not { State: RunState.Closed }; again++)
        {
            await LiveAsync(cancellationToken, "--once");
            Advance(TimeSpan.FromMinutes(2));
            run = await RunAsync(cancellationToken);
        }

        return await CompareAsync(cancellationToken);
    }

    /// <summary>Compares the ledger with the mail server's record.</summary>
    public async Task<KillReport> CompareAsync(CancellationToken cancellationToken)
    {
        await Smtp.WaitUntilQuietAsync(cancellationToken);
        var run = await RunAsync(cancellationToken);
        var (ledger, messages) = (await LedgerAsync(cancellationToken), Smtp.Messages);
        var listed = lives.Where(life => life.InDoubt is not null).Select(life => life.InDoubt!.Count).ToList();
        var seconds = (int)TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        return new KillReport(
            kills, readers, messages.Count, listed.Sum(), ledger.Sum(row => row.Crashes), listed.DefaultIfEmpty().Max(), seconds, [.. KillChecks.Faults(run, ledger, messages, lives, addresses)]);
    }

    /// <summary>Waits for a sender's own end, which is not by SIGKILL.</summary>
    public static async Task LetGoAsync(ServerProcess sender, CancellationToken cancellationToken)
    {
        var code = await sender.EndAsync(cancellationToken);
        Assert.True(code is 0 or 3, $"The sender ended with {code}: {sender.Output}");
    }

    /// <summary>False if another program holds the embedded file's lock.</summary>
    public bool CanWrite()
    {
        using var connection = new SqliteConnection($"Data Source={house.DatabasePath};Pooling=False;Default Timeout=1");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "BEGIN IMMEDIATE; ROLLBACK";
        try
        {
            command.ExecuteNonQuery();
            return true;
        }
        catch (SqliteException error) when (error.SqliteErrorCode is 5 or 6)
        {
            return false;
        }
    }

    /// <summary>The run, as stored.</summary>
    public Task<Run?> RunAsync(CancellationToken cancellationToken) => WithTablesAsync(house.DatabasePath, tables => RunAsync(tables, cancellationToken));

    /// <summary>The address of the reader of this row.</summary>
    public string Address(DeliveryRow row) => addresses[row.SubscriberId];

    /// <summary>
    /// The deliveries as they stand. Of an embedded file a copy is read, log and all: whoever opens a file first after a crash mends it, and that
    /// is for the next sender to do.
    /// </summary>
    public async Task<IReadOnlyList<DeliveryRow>> LedgerAsync(CancellationToken cancellationToken)
    {
        if (azurite is not null)
        {
            return await WithTablesAsync(house.DatabasePath, tables => LedgerAsync(tables, cancellationToken));
        }

        var copy = Directory.CreateTempSubdirectory("dailydigest-");
        try
        {
            foreach (var suffix in Files.Where(suffix => File.Exists(house.DatabasePath + suffix)))
            {
                File.Copy(house.DatabasePath + suffix, Path.Combine(copy.FullName, "copy.db" + suffix));
            }

            return await WithTablesAsync(Path.Combine(copy.FullName, "copy.db"), tables => LedgerAsync(tables, cancellationToken));
        }
        finally
        {
            copy.Delete(recursive: true);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Smtp.DisposeAsync();
        house.Dispose();
    }

    private Task<Run?> RunAsync(ITableStore tables, CancellationToken cancellationToken) => new RunStore(tables).GetAsync(
        DateOnly.FromDateTime(start.UtcDateTime), new Cohort("Etc/UTC", start.Hour, Rhythm.Daily).Key, cancellationToken);

    private async Task<IReadOnlyList<DeliveryRow>> LedgerAsync(ITableStore tables, CancellationToken cancellationToken)
    {
        var rows = new List<DeliveryRow>();
        if (await RunAsync(tables, cancellationToken) is { } run)
        {
            await foreach (var row in LedgerReader.DeliveriesAsync(tables, run, cancellationToken))
            {
                rows.Add(row);
            }
        }

        return rows;
    }

    private static string Seconds(TimeSpan span) => span.TotalSeconds.ToString(CultureInfo.InvariantCulture);

    private async Task<T> WithTablesAsync<T>(string path, Func<ITableStore, Task<T>> use)
    {
        if (azurite is not null)
        {
            return await use(AzureStorageServices.CreateTableStore(new AzureStorageOptions
            {
                ConnectionString = azurite.ConnectionString,
                TablePrefix = Settings["Storage__Azure__TablePrefix"],
            }));
        }

        using var database = new SqliteDatabase(new SqliteOptions { Path = path });
        return await use(new SqliteTableStore(database, TimeProvider.System));
    }
}
