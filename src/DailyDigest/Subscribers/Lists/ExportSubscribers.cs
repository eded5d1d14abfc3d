using CsvHelper;
using DailyDigest.Calendar;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>
/// Writes subscribers as CSV that an import can read. A cell that a spreadsheet would run as a formula gets a leading apostrophe.
/// </summary>
public sealed class ExportSubscribers(SubscriberStore subscribers)
{
    private static readonly string[] FurtherColumns =
        [
            "status", "id", "created", "confirmed", "ended", "paused_until", "consent_source", "consent_wording", "consent_language",
            "consent_network", "confirmation_at", "confirmation_source", "confirmation_wording", "confirmation_language",
            "confirmation_network",
            "left_for", "resting_until",
        ];

    /// <summary>Writes the subscribers with the status (null: all) as UTF-8. Returns their number.</summary>
    public async Task<int> ExecuteAsync(Stream csv, SubscriberStatus? status, CancellationToken cancellationToken)
    {
        var count = 0;
        await using var writer = CsvWriter.Create(csv, SubscriberCsv.Writing, leaveOpen: true);
        foreach (var column in SubscriberCsv.Columns.Concat(FurtherColumns))
        {
            writer.WriteField(column);
        }

        await writer.EndRecordAsync(cancellationToken);
        await foreach (var subscriber in subscribers.ScanAsync(status, null, cancellationToken))
        {
            Write(writer, subscriber);
            await writer.EndRecordAsync(cancellationToken);
            count++;
        }

        return count;
    }

    private static void Write(CsvWriter writer, Subscriber subscriber)
    {
        var consent = subscriber.Consent;
        writer.WriteField(subscriber.Address);
        writer.WriteField(subscriber.Zone);
        writer.WriteField(subscriber.Hour);
        writer.WriteField(subscriber.Rhythm.ToString());
        writer.WriteField(subscriber.Language);
        writer.WriteField(string.Join(';', subscriber.Sections));
        writer.WriteField(string.Join(';', subscriber.StoryLanguages));
        writer.WriteField(SubscriberCsv.Text(consent.At));
        writer.WriteField(SubscriberRow.Text(subscriber.Status));
        writer.WriteField(subscriber.Id);
        writer.WriteField(SubscriberCsv.Text(subscriber.Created));
        writer.WriteField(SubscriberCsv.Text(subscriber.Confirmed));
        writer.WriteField(SubscriberCsv.Text(subscriber.Ended));
        writer.WriteField(subscriber.PausedUntil?.Text() ?? "");
        writer.WriteField(consent.Source);
        writer.WriteField(consent.Wording);
        writer.WriteField(consent.Language);
        writer.WriteField(consent.NetworkHash);
        writer.WriteField(SubscriberCsv.Text(subscriber.Confirmation?.At));
        writer.WriteField(subscriber.Confirmation?.Source);
        writer.WriteField(subscriber.Confirmation?.Wording);
        writer.WriteField(subscriber.Confirmation?.Language);
        writer.WriteField(subscriber.Confirmation?.NetworkHash);
        writer.WriteField(subscriber.LeftFor);
        writer.WriteField(subscriber.Rest is { IsEnded: false } rest ? rest.Until.Text() : "");
    }
}
