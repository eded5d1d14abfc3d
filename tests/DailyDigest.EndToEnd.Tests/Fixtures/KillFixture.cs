using System.Globalization;
using DailyDigest.AzureStorage;
using DailyDigest.Calendar;
using DailyDigest.Runs;
using DailyDigest.Sqlite;
using DailyDigest.Storage;
using DailyDigest.Testing.Services;
using Microsoft.Data.Sqlite;

namespace DailyDigest.EndToEnd.Tests.Fixtures;

/// <summary>One start of a sender, up to its end.</summary>
/// <param name="Number">The number in the envelope sender of every message of this life.</param>
/// <param name="InDoubt">The addresses "attempting" in the ledger after its end; null if other senders were running.</param>
internal sealed record Life(int Number, IReadOnlySet<string>? InDoubt);

/// <summary>The result of a run whose senders were killed.</summary>
/// <param name="Kills">Lives that ended by SIGKILL.</param>
/// <param name="Readers">Readers of the run.</param>
/// <param name="Copies">Messages in the mail server's record.</param>
/// <param name="Listed">How many times a reader was in doubt after a kill.</param>
/// <param name="Doubts">How many times the ledger says that a reader's message was in doubt.</param>
/// <param name="MaxListed">The largest number in doubt after one kill.</param>
/// <param name="Seconds">The duration.</param>
/// <param name="Faults">Violations of the delivery promises.</param>
internal sealed record KillReport(
    int Kills, int Readers, int Copies, int Listed, int Doubts, int MaxListed, int Seconds, IReadOnlyList<string> Faults)
{
    public int Doubles => Copies - Readers;

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Kills} kills, {Readers} readers, {Copies} messages, {Doubles} doubles, {Listed} times listed in doubt, {MaxListed} at most "
            + $"at once, {Doubts} doubts in the ledger, {Seconds} s");
}

/// <summary>
/// A run whose senders are killed repeatedly: senders in their own processes, one store, a mail server that records everything. Each life
/// sends from
/// its own address, so that the record shows which life sent a copy. After each kill the ledger is read as the kill left it.
/// </summary>
internal sealed class KillFixture : IAsyncDisposable
{
    /// <summary>The database and its write-ahead log.</summary>
    private static readonly string[] Files = ["", "-wal"];

    public const int Connections = 4;
    private const int ByKill = 137;

    // The senders' clocks start here on any day; the server has no such setting.
    private static readonly DateTimeOffset Morning = new(2026, 3, 2, 7, 0, 30, TimeSpan.Zero);

    private readonly PublicationFixture publication;
    private readonly int readers;
    private readonly Dictionary<string, string> addresses;
    private readonly List<Life> lives = [];
    private readonly long began = TimeProvider.System.GetTimestamp();
    private readonly DateTimeOffset start;
    private Azurite? azurite;
    private TimeSpan shift;
    private int kills;
    private int number;

    private KillFixture(SmtpRecorder smtp, PublicationFixture publication, Azurite? azurite, int readers, DateTimeOffset start)
    {
        (Smtp, this.publication, this.azurite, this.readers, this.start) = (smtp, publication, azurite, readers, start);
        shift = start - TimeProvider.System.GetUtcNow();
        addresses = Enumerable.Range(0, readers).ToDictionary(PublicationFixture.ReaderId, PublicationFixture.ReaderAddress);
    }

    /// <summary>True if the tests that take minutes run too.</summary>
    public static bool Long => Environment.GetEnvironmentVariable("DAILYDIGEST_LONG") == "1";

    public SmtpRecorder Smtp { get; }

    /// <summary>Settings of later lives.</summary>
    public Dictionary<string, string> Settings => publication.Settings;

    public int Kills => kills;

    /// <summary>The number of the life that was started last.</summary>
    public int LastLife => number;

    private string SeedPath => Path.Combine(publication.Folder, "seed.db");

    /// <summary>Starts a mail server that takes <paramref name="delay"/> per message, and seeds a run that is due.</summary>
    public static async Task<KillFixture> StartAsync(
        int readers, TimeSpan delay, CancellationToken cancellationToken, Azurite? azurite = null, bool realClock = false)
    {
        var start = realClock ? TimeProvider.System.GetUtcNow() : Morning;
        var smtp = await SmtpRecorder.StartAsync(
            new SmtpOptions { Faults = [new SmtpFault(SmtpStage.Data) { Delay = delay }] }, cancellationToken);
        var fixture = new KillFixture(smtp, new PublicationFixture(smtp.Port), azurite, readers, start);
        fixture.Settings["Delivery__Connections"] = $"{Connections}";
        fixture.Settings["Publication__TimeZone"] = "Etc/UTC";
        fixture.Settings["Publication__Hour"] = start.Hour.ToString(CultureInfo.InvariantCulture);
        if (azurite is not null)
        {
            fixture.Settings["Storage__Azure__ConnectionString"] = azurite.ConnectionString;
            fixture.Settings["Storage__Azure__TablePrefix"] = Azurite.NewPrefix();
        }

        await fixture.WithTablesAsync(fixture.publication.DatabasePath, async tables =>
        {
            await tables.PrepareAsync(cancellationToken);
            return await PublicationFixture.SeedAsync(tables, readers, start, cancellationToken);
        });
        if (azurite is null)
        {
            File.Copy(fixture.publication.DatabasePath, fixture.SeedPath);
        }

        return fixture;
    }

    /// <summary>Restores the state before the first life.</summary>
    public void Reset()
    {
        foreach (var file in Directory.GetFiles(publication.Folder, Path.GetFileName(publication.DatabasePath) + "*"))
        {
            File.Delete(file);
        }

        // With the journal of the life before, the copy would be held as one that was put back.
        File.Delete(Path.ChangeExtension(publication.DatabasePath, ".journal"));
        File.Copy(SeedPath, publication.DatabasePath);
        Smtp.Clear();
        lives.Clear();
        (kills, shift) = (0, start - TimeProvider.System.GetUtcNow());
    }

    /// <summary>The store of later lives, after a move: the emulator, under a new prefix.</summary>
    public void Use(Azurite account)
    {
        azurite = account;
        Settings["Storage__Azure__ConnectionString"] = account.ConnectionString;
        Settings.TryAdd("Storage__Azure__TablePrefix", Azurite.NewPrefix());
    }

    /// <summary>The store of later lives, after a move: this file.</summary>
    public void Use(string path)
    {
        azurite = null;
        publication.DatabasePath = path;
        Settings["Storage__Path"] = path;
        Settings.Remove("Storage__Azure__ConnectionString");
    }

    /// <summary>The embedded file.</summary>
    public string DatabasePath => publication.DatabasePath;

    /// <summary>Advances the clock of the store and of later lives.</summary>
    public void Advance(TimeSpan by) => shift += by;

    /// <summary>Starts a sender whose clock is <paramref name="off"/> from the others'.</summary>
    public ServerProcess Start(string[] options, TimeSpan off = default)
    {
        Settings["Mail__From"] = $"life{Interlocked.Increment(ref number)}@example.com";
        return ServerProcess.StartSender(
            publication.Folder, Settings, ["--shift", Seconds(shift + off), "--store-shift", Seconds(shift), .. options]);
    }

    /// <summary>Starts the real program.</summary>
    public ServerProcess StartServer(params string[] arguments) =>
        StartProgram(Path.Combine(AppContext.BaseDirectory, "DailyDigest.Server.dll"), arguments);

    /// <summary>Starts a server of another version.</summary>
    public ServerProcess StartProgram(string path, params string[] arguments)
    {
        Settings["Mail__From"] = $"life{Interlocked.Increment(ref number)}@example.com";
        return ServerProcess.StartProgram(path, publication.Folder, Settings, arguments);
    }

    /// <summary>Starts a sender and waits for its end. Returns true if it ended by SIGKILL.</summary>
    public async Task<bool> LiveAsync(CancellationToken cancellationToken, params string[] options)
    {
        await using var sender = Start(options);
        return await EndAsync(sender, cancellationToken);
    }

    /// <summary>Waits for the end of the only sender, and reads its deliveries in doubt. Returns true if it was killed.</summary>
    public async Task<bool> EndAsync(ServerProcess sender, CancellationToken cancellationToken)
    {
        var code = await sender.EndAsync(cancellationToken);
        lives.Add(new Life(
            number, (await LedgerAsync(cancellationToken)).Where(row => row.State == DeliveryState.Attempting).Select(
                Address).ToHashSet()));
        kills += code == ByKill ? 1 : 0;
        return code switch
        {
            ByKill => true,
            0 or 3 => false,
            _ => throw new InvalidOperationException($"The sender ended with {code}: {sender.Output}"),
        };
    }

    /// <summary>Kills one of several running programs.</summary>
    public async Task KillAsync(ServerProcess program, CancellationToken cancellationToken)
    {
        await program.KillAsync(cancellationToken);
        kills++;
    }

    /// <summary>Starts senders without kills, and skips the waits between attempts, until the run is closed. Then compares.</summary>
    public async Task<KillReport> ConcludeAsync(CancellationToken cancellationToken)
    {
        Run? run = null;
        var concludes = TimeProvider.System.GetTimestamp();

        // The emulator's own clock is not advanced: a lost hint is replaced 30 seconds later by that clock, however quick this machine is.
        for (var again = 0; run is not { State: RunState.Closed }
            && (again < 20 || TimeProvider.System.GetElapsedTime(concludes) < TimeSpan.FromSeconds(90)); again++)
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
            kills, readers, messages.Count, listed.Sum(), ledger.Sum(row => row.Crashes), listed.DefaultIfEmpty().Max(), seconds, [
                .. KillChecks.Faults(run, ledger, messages, lives, addresses)]);
    }

    /// <summary>Waits for a sender that ends by itself.</summary>
    public static async Task EndedAsync(ServerProcess sender, CancellationToken cancellationToken)
    {
        var code = await sender.EndAsync(cancellationToken);
        Assert.True(code is 0 or 3, $"The sender ended with {code}: {sender.Output}");
    }

    /// <summary>False if another program holds the embedded file's lock.</summary>
    public bool CanWrite()
    {
        using var connection = new SqliteConnection($"Data Source={publication.DatabasePath};Pooling=False;Default Timeout=1");
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
    public Task<Run?> RunAsync(CancellationToken cancellationToken) =>
        WithTablesAsync(publication.DatabasePath, tables => RunAsync(tables, cancellationToken));

    /// <summary>The address of the reader of this row.</summary>
    public string Address(DeliveryRow row) => addresses[row.SubscriberId];

    /// <summary>
    /// The deliveries in the ledger. Reads a copy of the embedded file and its log: the first program that opens the file after a crash
    /// repairs it, and that must be the next sender.
    /// </summary>
    public async Task<IReadOnlyList<DeliveryRow>> LedgerAsync(CancellationToken cancellationToken)
    {
        if (azurite is not null)
        {
            return await WithTablesAsync(publication.DatabasePath, tables => LedgerAsync(tables, cancellationToken));
        }

        var copy = Directory.CreateTempSubdirectory("dailydigest-");
        try
        {
            foreach (var suffix in Files.Where(suffix => File.Exists(publication.DatabasePath + suffix)))
            {
                File.Copy(publication.DatabasePath + suffix, Path.Combine(copy.FullName, "copy.db" + suffix));
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
        publication.Dispose();
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
