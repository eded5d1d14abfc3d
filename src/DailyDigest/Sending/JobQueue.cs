using System.Diagnostics.CodeAnalysis;

namespace DailyDigest.Sending;

/// <summary>
/// Messages that wait for a sender. A message wakes one sender, and a sender that is awake takes the next without waiting.
/// </summary>
internal sealed class JobQueue
{
    private readonly Queue<Work> jobs = new();
    private bool ended;

    /// <summary>Adds a message.</summary>
    public void Add(Work job)
    {
        lock (jobs)
        {
            jobs.Enqueue(job);
            Monitor.Pulse(jobs);
        }
    }

    /// <summary>Nothing more will be added.</summary>
    public void End()
    {
        lock (jobs)
        {
            ended = true;
            Monitor.PulseAll(jobs);
        }
    }

    /// <summary>Blocks until there is a message, which another sender may take first. Returns false at the end.</summary>
    public bool Wait()
    {
        lock (jobs)
        {
            while (jobs.Count == 0 && !ended)
            {
                Monitor.Wait(jobs);
            }

            return jobs.Count > 0;
        }
    }

    /// <summary>Takes a message if there is one.</summary>
    public bool TryTake([NotNullWhen(true)] out Work? job)
    {
        lock (jobs)
        {
            return jobs.TryDequeue(out job);
        }
    }
}
