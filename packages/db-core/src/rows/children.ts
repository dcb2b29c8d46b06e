// Generated from the migrated catalog. Refresh it with: pnpm --filter @tothub/db-core generate
import { z } from 'zod';
import { pgType } from '../query/pg-type.ts';

/**
 * The children, with their health, emergency and enrolment facts; never deleted, only unenrolled
 */
export const childrenRow = z.object({
  id: pgType.text,
  firstName: pgType.text,
  lastName: pgType.text,
  dateOfBirth: pgType.timestamp,
  ageGroup: pgType.enum([
    'infant',
    'young_toddler',
    'toddler',
    'preschool',
    'school_age',
    'older_school_age',
  ]),
  room: pgType.text,
  /** Name as typed at enrolment; the guardians are in child_guardians */
  parentName: pgType.text,
  /** Address as typed at enrolment; the guardians are in child_guardians */
  parentEmail: pgType.text.nullable(),
  /** Phone as typed at enrolment; the guardians are in child_guardians */
  parentPhone: pgType.text.nullable(),
  emergencyContactName: pgType.text.nullable(),
  emergencyContactPhone: pgType.text.nullable(),
  isActive: pgType.bool.nullable(),
  createdAt: pgType.timestamp.nullable(),
  allergies: pgType.textArray.nullable(),
  medicalNotes: pgType.text.nullable(),
  immunizations: pgType.textArray.nullable(),
  profilePhotoUrl: pgType.text.nullable(),
  enrollmentDate: pgType.timestamp.nullable(),
  tuitionRate: pgType.int4.nullable(),
  /** Biometric template */
  faceDescriptor: pgType.text.nullable(),
  /** Biometric template */
  fingerprintHash: pgType.text.nullable(),
  biometricEnrolledAt: pgType.timestamp.nullable(),
  biometricEnabled: pgType.bool.nullable(),
  medicalConditions: pgType.textArray.nullable(),
  bloodType: pgType.text.nullable(),
  primaryPhysician: pgType.text.nullable(),
  currentMedications: pgType.text.nullable(),
  dietaryRestrictions: pgType.textArray.nullable(),
  foodAllergies: pgType.textArray.nullable(),
  specialCareInstructions: pgType.text.nullable(),
  physicalLimitations: pgType.text.nullable(),
  emergencyMedicalAuthorization: pgType.bool.nullable(),
  epiPenRequired: pgType.bool.nullable(),
  inhalerRequired: pgType.bool.nullable(),
  physicianPhone: pgType.text.nullable(),
  pediatricianName: pgType.text.nullable(),
  pediatricianPhone: pgType.text.nullable(),
  preferredHospital: pgType.text.nullable(),
  insuranceProvider: pgType.text.nullable(),
  insurancePolicyNumber: pgType.text.nullable(),
  insuranceGroupNumber: pgType.text.nullable(),
  medicalActionPlan: pgType.text.nullable(),
  immunizationRecords: pgType.text.nullable(),
  immunizationExemptions: pgType.textArray.nullable(),
  nextImmunizationDue: pgType.timestamp.nullable(),
  lastHealthCheck: pgType.timestamp.nullable(),
  healthCheckNotes: pgType.text.nullable(),
  unenrollmentDate: pgType.timestamp.nullable(),
  enrollmentStatus: pgType.text.nullable(),
  unenrollmentReason: pgType.text.nullable(),
  stripeCustomerId: pgType.text.nullable(),
  stripeSubscriptionId: pgType.text.nullable(),
  /** State of the subscription as the payment service names it */
  subscriptionStatus: pgType.text.nullable(),
  /**
   * The primary guardian, always one of the child's guardians; null while there are several and
   * none is marked
   */
  parentId: pgType.text.nullable(),
});
