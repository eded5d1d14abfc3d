using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using CsvHelper;
using DailyDigest.Mailing;
using DailyDigest.Settings;

namespace DailyDigest.Subscribers;

/// <summary>
/// Reads what the other rows of a person say. A list that was put together has some people twice, once as subscribed and once as one who
/// left. Some services write a row for each list of a person.
/// </summary>
internal sealed class ListDepartures
{
    private const int MaxSections = 64;

    // 64 bits of a hash for each person, not the address: a list may have a million of them.
    private readonly HashSet<ulong> left = [];

    // A bit for each section, for people with several rows.
    private readonly Dictionary<ulong, ulong> sections = [];
    private readonly Publication publication;

    private ListDepartures(Publication publication) => this.publication = publication;

    /// <summary>True if a row says that the person has left.</summary>
    public bool Contains(EmailAddress address) => left.Contains(Key(address));

    /// <summary>The person of a row, with the sections of all rows if the service writes a row for each list.</summary>
    public CsvRow.Person Complete(CsvRow.Person person) =>
        sections.Count > 0 && sections.GetValueOrDefault(Key(person.Address)) is var bits and not 0
            ? person with { Subscriber = person.Subscriber with { Sections = Of(bits) } }
            : person;

    /// <summary>
    /// Reads the list from its beginning, and moves back to it. Returns the people of rows that say that the person has left; none if the
    /// list cannot be read.
    /// </summary>
    /// <param name="csv">The seekable list.</param>
    /// <param name="publication">Has the sections and languages.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task<ListDepartures> FindAsync(Stream csv, Publication publication, CancellationToken cancellationToken)
    {
        var departures = new ListDepartures(publication);
        csv.Position = 0;
        await using (var letters = await ListLetters.OpenAsync(csv, publication.Languages, cancellationToken))
        {
            if (letters is not null)
            {
                using var reader = CsvReader.Create(letters.Utf8, SubscriberCsv.Reading, leaveOpen: true);
                if (await ImportHeader.ReadAsync(reader, cancellationToken) is ({ } columns, null))
                {
                    await departures.CollectAsync(reader, columns, cancellationToken);
                }
            }
        }

        csv.Position = 0;
        return departures;
    }

    private async Task CollectAsync(CsvReader reader, ListColumns columns, CancellationToken cancellationToken)
    {
        var (rows, width) = (new ListRows(reader), reader.Headers.Count);
        try
        {
            while (await rows.NextAsync(cancellationToken) is { } row)
            {
                if (SubscriberCsv.Departed(row, columns, width) is { } address)
                {
                    left.Add(Key(address));
                }
                else if (columns.Service?.HasRowForEachList == true
                    && SubscriberCsv.Tagged(row, columns, width, publication) is { Sections.Length: > 0 } tagged)
                {
                    var key = Key(tagged.Address);
                    sections[key] = tagged.Sections.Aggregate(sections.GetValueOrDefault(key), (bits, name) => bits | Bit(name));
                }
            }
        }
        catch (CsvFormatException)
        {
            // Nothing behind it is imported.
        }
    }

    private string[] Of(ulong bits) => [.. publication.Sections.Where(section => (bits & Bit(section)) != 0)];

    private ulong Bit(string section) =>
        publication.Sections.ToList().IndexOf(section) is var index and >= 0 and < MaxSections ? 1UL << index : 0;

    private static ulong Key(EmailAddress address) =>
        BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(address.Normalized)));
}
